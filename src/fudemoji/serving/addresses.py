"""What addresses are: this machine's own, or public ones, to which a server may connect for a stranger."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

__all__ = ["host_of", "is_loopback", "is_public", "is_same_origin"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# beyond what `ipaddress` knows, which differs between Python's patch versions
_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "100.64.0.0/10",  # shared by carriers; a cloud's metadata among it (100.100.100.200)
        "168.63.129.16/32",  # the host of a virtual machine on Azure
        "192.0.0.0/24",  # of protocols, not of hosts
        "192.88.99.0/24",  # relays to IPv6
        "198.18.0.0/15",  # measurements within a network
        "::/96",  # IPv4 in the oldest form
        "64:ff9b:1::/48",  # translation within a network
        "100::/64",  # discarded
        "2001::/23",  # of protocols, Teredo among them
        "fc00::/7",  # unique local
        "fec0::/10",  # site local
    )
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


def is_public(text: str) -> bool:
    """Whether an address belongs to a host on the public internet.

    Private, loopback, link-local, multicast, reserved and documentation addresses do not, nor IPv6 addresses that lead
    to such an IPv4 address (mapped, 6to4, NAT64), nor those behind which clouds tell a machine's secrets.

    >>> is_public("93.184.215.14"), is_public("127.0.0.1"), is_public("::ffff:169.254.169.254")
    (True, False, False)
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    return _is_open(address if inner is None else inner)


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a name or an address, also one in brackets, is this machine's own.

    >>> is_loopback("localhost"), is_loopback("[::1]"), is_loopback("127.8.0.1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    host = host.removeprefix("[").removesuffix("]").lower()
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def host_of(asked: str) -> str:
    """The name or address of a `Host` header, without its port.

    >>> host_of("[::1]:8000"), host_of("example.org"), host_of("[::1]")
    ('[::1]', 'example.org', '[::1]')
    """
    host, _, port = asked.rpartition(":")
    return host if host and port.isdecimal() else asked


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether no page from elsewhere had a browser send the request; programs do not say where they are from.

    Args:
        headers: with names in lower case.

    >>> is_same_origin({"host": "localhost:8000"})
    True
    >>> is_same_origin({"host": "localhost:8000", "origin": "https://example.org"})
    False
    """
    if origin := headers.get("origin", ""):
        try:
            return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
        except ValueError:
            return False
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def _is_open(address: Address) -> bool:
    is_closed = (
        not address.is_global
        or address.is_private
        or address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )
    return not is_closed and not any(address in network for network in _CLOSED)


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
