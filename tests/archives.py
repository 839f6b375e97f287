"""Archives for tests."""

import io
import tarfile
import zipfile


def zipped(files, *, how=zipfile.ZIP_DEFLATED):
    """A zip of contents by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files, *, mode="w"):
    """A tar of contents by their names; `w:gz` for a compressed one."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()
