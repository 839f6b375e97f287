"""Model processes behind one queue: batches, refusals, crashes, and the end."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

import hosts
from fudemoji.errors import RunError
from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool import Answer, ImageRefused, Pool, PoolSettings

RUN = Path("runs/a")


@pytest.fixture
def noted(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("BATCHES", str(tmp_path / "batches"))
    return tmp_path / "batches"


def batches(noted: Path) -> list[list[str]]:
    """The images of each batch, in order."""
    return [line.split("|")[2:] for line in noted.read_text().splitlines()]


def in_a_pool(work: Callable[[Pool], Awaitable[object]], *, waits: bool = True, **settings: object) -> object:
    """What `work` comes to with a started pool, which is closed afterwards."""

    async def run() -> object:
        pool = Pool(PoolSettings(host=(sys.executable, hosts.__file__), **settings))
        await pool.start(waits=waits)
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


def children() -> set[int]:
    """Process ids of what this process has started and not yet buried."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


async def each(pool: Pool, *words: str) -> list[object]:
    """Every word as a request of its own, all at once; errors are results."""
    asked = [pool.predict(RUN, [word.encode()]) for word in words]
    found = await asyncio.gather(*asked, return_exceptions=True)
    return [one[0] if isinstance(one, list) else one for one in found]


def summary(outcome: object) -> object:
    if isinstance(outcome, Answer):
        return [round(float(prob), 3) for prob in outcome.probs_K]
    return outcome.kind if isinstance(outcome, ImageRefused) else type(outcome)


def test_every_request_gets_its_own_answer(noted):
    async def work(pool):
        return await each(pool, *(f"probs 0.{n} 0.5" for n in range(1, 10)))

    found = in_a_pool(work)
    assert [summary(one) for one in found] == [[round(n / 10, 3), 0.5] for n in range(1, 10)]
    assert found[0].probs_K.dtype == np.float32
    assert len(batches(noted)) == 1  # they came at once


def test_the_images_of_a_request_keep_their_order_over_several_batches(noted):
    async def work(pool):
        images = [b"probs 0.%d inverted" % n if n % 2 else b"broken" for n in range(1, 8)]
        return await pool.predict(RUN, images)

    found = in_a_pool(work, max_batch=3)
    assert [summary(one) for one in found] == [[0.1], "broken", [0.3], "broken", [0.5], "broken", [0.7]]
    assert found[0].inverted
    assert [len(batch) for batch in batches(noted)] == [3, 3, 1]


def test_nothing_is_asked_for_nothing(noted):
    assert in_a_pool(lambda pool: pool.predict(RUN, [])) == []


@pytest.mark.parametrize("kind", hosts.KINDS)
def test_an_image_that_cannot_be_read_is_refused_in_our_own_words(noted, kind):
    found = in_a_pool(lambda pool: each(pool, "probs 1", kind))
    assert [summary(one) for one in found] == [[1.0], kind]
    assert found[1].status == 400
    assert "secret" not in str(found[1])


def test_requests_that_differ_in_what_they_ask_are_not_mixed(noted):
    async def work(pool):
        await asyncio.gather(
            pool.predict(RUN, [b"probs 1"], shifts=1),
            pool.predict(RUN, [b"probs 2"]),
            pool.predict(Path("runs/b"), [b"probs 3"]),
            pool.predict(RUN, [b"probs 4"], shifts=1),
        )

    in_a_pool(work)
    told = {tuple(line.split("|")) for line in noted.read_text().splitlines()}
    assert told == {
        ("runs/a", "1", "probs 1", "probs 4"),
        ("runs/a", "None", "probs 2"),
        ("runs/b", "None", "probs 3"),
    }


def test_a_busy_process_gets_its_next_batch_when_that_is_as_large(noted):
    async def work(pool):
        first = asyncio.gather(*(each(pool, "slow") for _ in range(3)))
        await asyncio.sleep(0.05)
        second = asyncio.gather(*(each(pool, f"probs {n}") for n in range(2)))
        await asyncio.sleep(0.05)
        assert pool.num_waiting == 2  # fewer than the three ahead
        third = asyncio.gather(*(each(pool, f"probs {n}") for n in range(2, 4)))
        await asyncio.gather(first, second, third)

    in_a_pool(work)
    assert [len(batch) for batch in batches(noted)] == [3, 3, 1]


def test_more_than_may_wait_is_refused_and_what_waits_is_answered(noted):
    async def work(pool):
        return await each(pool, *["slow"] * 5)

    found = in_a_pool(work, max_queue=3)
    assert [summary(one) for one in found] == [[0.25, 0.75]] * 3 + [ApiError] * 2
    assert (found[4].status, found[4].code, found[4].retry_after) == (503, "ServiceUnavailable", 1)


def test_more_bytes_than_may_wait_are_refused(noted):
    found = in_a_pool(lambda pool: each(pool, "probs 1 " + " " * 90, "probs 2"), max_queue_bytes=100)
    assert [summary(one) for one in found] == [[1.0], ApiError]


def test_what_nobody_waits_for_any_more_is_dropped_and_leaves_room(noted):
    async def work(pool):
        ahead = [asyncio.create_task(each(pool, "slow")) for _ in range(2)]
        await asyncio.sleep(0.05)
        left = asyncio.create_task(pool.predict(RUN, [b"probs 7"]))
        await asyncio.sleep(0.01)
        left.cancel()
        await asyncio.sleep(0.01)
        found = await each(pool, "probs 8")
        await asyncio.gather(*ahead)
        return found

    assert [summary(one) for one in in_a_pool(work, max_queue=2, max_batch=1)] != []
    assert ["probs 7"] not in batches(noted)
    assert ["probs 8"] in batches(noted)


def test_the_image_that_ends_the_process_is_refused_and_all_others_are_answered(noted):
    async def work(pool):
        ahead = asyncio.create_task(each(pool, "slow"))
        await asyncio.sleep(0.03)
        found = await each(pool, "probs 1", "kill", "probs 2", "broken", "probs 3")
        again = await each(pool, "probs 4")
        return [*(await ahead), *found, *again], pool.restarts

    found, restarts = in_a_pool(work)
    assert [summary(one) for one in found] == [[0.25, 0.75], [1.0], "fatal", [2.0], "broken", [3.0], [4.0]]
    assert (found[2].status, found[2].code) == (500, "ErrorUnknown")
    assert restarts == 2


def test_an_image_on_which_the_model_fails_harms_no_other(noted):
    found, restarts = in_a_pool(
        lambda pool: gathered(each(pool, "probs 1", "raise", "probs 2"), lambda: pool.restarts)
    )
    assert [summary(one) for one in found] == [[1.0], "fatal", [2.0]]
    assert "secret" not in str(found[1])
    assert restarts == 0


async def gathered(work, then):
    return await work, then()


def test_a_process_that_does_not_answer_is_ended(noted):
    found = in_a_pool(lambda pool: each(pool, "probs 1", "hang", "probs 2"), batch_seconds=0.5)
    assert [summary(one) for one in found] == [[1.0], "fatal", [2.0]]


def test_two_images_that_end_processes_are_told_from_each_other_and_the_rest(noted):
    found = in_a_pool(
        lambda pool: each(pool, *["probs 1", "kill"] * 3), processes=2, max_batch=2, max_delay=0.0
    )
    assert [summary(one) for one in found] == [[1.0], "fatal"] * 3


def test_a_process_that_is_killed_from_outside_costs_no_answer(noted):
    async def work(pool):
        asked = asyncio.create_task(each(pool, "slow", "slow"))
        await asyncio.sleep(0.05)
        os.kill(pool.processes.keepers[0].process.pid, signal.SIGKILL)
        return await asked

    assert [summary(one) for one in in_a_pool(work)] == [[0.25, 0.75]] * 2


def test_a_run_that_cannot_be_loaded_is_told(noted):
    async def work(pool):
        with pytest.raises(RunError, match="no run folder runs/missing"):
            await pool.load(Path("runs/missing"))
        await pool.load(RUN)
        await pool.forget(RUN)
        with pytest.raises(ApiError, match="the model cannot be used") as refused:
            await pool.predict(Path("runs/missing"), [b"probs 1"])
        assert (refused.value.status, refused.value.code) == (500, "ErrorPredictionModelNotFound")
        with pytest.raises(ApiError):
            await pool.gradcam(Path("runs/missing"), b"abc")
        return await pool.gradcam(RUN, b"abc")

    assert in_a_pool(work) == b"cba"


def test_only_so_many_pictures_of_heat_are_asked_for_at_a_time(noted):
    async def work(pool):
        asked = [pool.gradcam(RUN, b"abc") for _ in range(17)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        return told, await pool.gradcam(RUN, b"abc")

    told, after = in_a_pool(work)
    assert told[:16] == [b"cba"] * 16
    assert (told[16].status, after) == (503, b"cba")


def test_features_come_in_order_and_the_image_that_ends_the_process_is_refused_alone(noted):
    async def work(pool):
        with pytest.raises(ApiError, match="the model cannot be used"):
            await pool.features(Path("runs/missing"), [b"abc"])
        return await pool.features(RUN, [b"abc", b"broken", b"kill", b"raise", b"abcd"]), pool.restarts

    found, restarts = in_a_pool(work)
    told = [one.kind if isinstance(one, ImageRefused) else one.tolist() for one in found]
    assert told == [[3, 1], "broken", "fatal", "fatal", [4, 1]]
    assert restarts == 2
    assert in_a_pool(lambda pool: pool.features(RUN, [])) == []


def test_a_process_that_does_not_answer_a_question_of_any_kind_is_ended_though_nobody_waits(noted):
    async def work(pool):
        left = asyncio.create_task(pool.features(RUN, [b"hang"]))
        await asyncio.sleep(0.05)
        left.cancel()
        return await pool.features(RUN, [b"abc", b"hang"])

    found = in_a_pool(work, batch_seconds=0.5)
    assert found[0].tolist() == [3, 1]
    assert found[1].kind == "fatal"


def test_a_process_that_cannot_start_is_told(noted):
    noted.with_name("batches.refuse").touch()
    with pytest.raises(RunError, match="the model process cannot be started"):
        in_a_pool(lambda pool: each(pool, "probs 1"), processes=2)
    pool = Pool(PoolSettings(host=("no-such-program",)))
    with pytest.raises(RunError, match="cannot be started"):
        asyncio.run(pool.start())


def test_what_is_asked_before_the_processes_have_come_up_waits_for_them(noted):
    async def work(pool):
        assert not pool.is_ready
        answers = await asyncio.gather(
            pool.predict(RUN, [b"probs 1"]), pool.gradcam(RUN, b"abc"), pool.features(RUN, [b"abc"])
        )
        assert pool.is_ready
        return answers, pool.restarts

    (probs, heat, features), restarts = in_a_pool(work, waits=False, processes=2)
    assert (summary(probs[0]), heat, features[0].tolist(), restarts) == ([1.0], b"cba", [3, 1], 0)


def test_a_process_that_is_not_waited_for_is_tried_until_it_comes_up(noted, monkeypatch):
    monkeypatch.setattr("fudemoji.serving.pool.keeping._PAUSE", 0.01)
    noted.with_name("batches.refuse").touch()

    async def work(pool):
        with pytest.raises(ApiError, match="does not answer"):
            await pool.predict(RUN, [b"probs 1"])
        noted.with_name("batches.refuse").unlink()
        while not pool.is_ready:
            await asyncio.sleep(0.01)
        return await each(pool, "probs 1"), pool.restarts

    found, restarts = in_a_pool(work, waits=False)
    assert [summary(one) for one in found] == [[1.0]]
    assert restarts >= 3


def test_a_pool_that_is_closed_while_its_processes_come_up_leaves_none(noted):
    before = children()

    async def work(pool):
        while not (born := children() - before):
            await asyncio.sleep(0.001)
        assert not pool.is_ready
        await pool.close()
        return len(born), children() - before

    assert in_a_pool(work, waits=False) == (1, set())


def test_where_no_process_comes_up_any_more_nobody_is_kept_waiting_until_one_does(noted, monkeypatch):
    monkeypatch.setattr("fudemoji.serving.pool.keeping._PAUSE", 0.01)

    async def work(pool):
        noted.with_name("batches.refuse").touch()
        os.kill(pool.processes.keepers[0].process.pid, signal.SIGKILL)
        with pytest.raises(ApiError, match="does not answer") as refused:
            await pool.predict(RUN, [b"slow"])
        assert refused.value.status == 503
        assert not pool.is_ready
        with pytest.raises(ApiError, match="does not answer"):
            pool.submit(RUN, [b"probs 1"])
        with pytest.raises(ApiError, match="does not answer"):
            await pool.gradcam(RUN, b"abc")
        noted.with_name("batches.refuse").unlink()
        while not pool.is_ready:
            await asyncio.sleep(0.01)
        return await each(pool, "probs 1")

    assert [summary(one) for one in in_a_pool(work)] == [[1.0]]


def test_closing_finishes_what_was_accepted_and_takes_nothing_more(noted):
    async def work(pool):
        asked = asyncio.create_task(each(pool, *["slow"] * 3))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0.01)
        with pytest.raises(ApiError, match="the server stops"):
            pool.submit(RUN, [b"probs 1"])
        pid = pool.processes.keepers[0].process.pid
        await closing
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            raise AssertionError("the process is still there")
        return await asked

    assert [summary(one) for one in in_a_pool(work)] == [[0.25, 0.75]] * 3


def test_closing_does_not_wait_for_ever(noted):
    async def work(pool):
        asked = asyncio.create_task(each(pool, "hang", "probs 1", "probs 2"))
        await asyncio.sleep(0.05)
        late = asyncio.create_task(each(pool, "probs 3"))
        await asyncio.sleep(0.01)
        await pool.close(seconds=0.05)
        return [*(await late), *(await asked)]

    found = in_a_pool(work)
    assert all(isinstance(one, ApiError) for one in found)
