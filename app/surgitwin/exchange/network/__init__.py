"""Images to and from other systems: DICOM services (pynetdicom), DICOMweb (dicomweb-client), TLS for both."""

from surgitwin.exchange.network.fetch import Fetched, How, fetch
from surgitwin.exchange.network.landing import Landing, Limits, landing, take_in
from surgitwin.exchange.network.peers import Peer, drop_peer, keep_peer, peer_named, peers_file, read_peers
from surgitwin.exchange.network.query import Found, Question, echo, find
from surgitwin.exchange.network.receiver import Listening, Receiver, receiving
from surgitwin.exchange.network.retrieve import Transfer, get, move
from surgitwin.exchange.network.security import password_of
from surgitwin.exchange.network.send import send
from surgitwin.exchange.network.sending import Sent, send_files
from surgitwin.exchange.network.web import web_find, web_get, web_send

__all__ = [
    "Fetched",
    "Found",
    "How",
    "Landing",
    "Limits",
    "Listening",
    "Peer",
    "Question",
    "Receiver",
    "Sent",
    "Transfer",
    "drop_peer",
    "echo",
    "fetch",
    "find",
    "get",
    "keep_peer",
    "landing",
    "move",
    "password_of",
    "peer_named",
    "peers_file",
    "read_peers",
    "receiving",
    "send",
    "send_files",
    "take_in",
    "web_find",
    "web_get",
    "web_send",
]
