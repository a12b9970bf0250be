"""A client for PostgreSQL, as small as it can be: one connection over TCP, SCRAM-SHA-256, simple queries as text.

The fetched server comes without psql, and a driver would be one more thing to install.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
from contextlib import suppress

PROTOCOL = 196_608  # 3.0
CONNECT_SECONDS = 5
SCRAM = "SCRAM-SHA-256"
SASL, SASL_CONTINUE, SASL_FINAL, AUTHENTICATED = 10, 11, 12, 0


class PostgresError(Exception):
    """What the server objects to; with the place in the query, in characters from 1, if it says one."""

    def __init__(self, fields):
        super().__init__(f"{fields.get('M', 'no message')} (SQLSTATE {fields.get('C', 'unknown')})")
        self.state = fields.get("C")
        self.position = int(fields["P"]) if "P" in fields else None


class Connection:
    """An open connection; use it in a `with`."""

    def __init__(self, host, port, user, password, database):
        self._socket = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        try:
            self._start(user, password, database)
            self._socket.settimeout(None)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(OSError):  # if it is gone already, that is what we want
            self._send(b"X", b"")
        self._socket.close()

    def query(self, text):
        """Runs SQL; several statements are one transaction. Rows of the last one, each a list of texts or None."""
        self._send(b"Q", text.encode() + b"\0")
        rows, problem = [], None
        while True:
            kind, body = self._receive()
            if kind == b"T":
                rows = []
            elif kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                problem = PostgresError(_fields(body))
            elif kind == b"Z":
                if problem:
                    raise problem
                return rows

    def _start(self, user, password, database):
        parameters = {"user": user, "database": database, "client_encoding": "UTF8", "application_name": "stack"}
        body = struct.pack(">i", PROTOCOL)
        body += b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
        self._socket.sendall(struct.pack(">i", len(body) + 4) + body)
        scram = Scram(password)
        while True:
            kind, body = self._receive()
            if kind == b"E":
                raise PostgresError(_fields(body))
            if kind == b"Z":
                return
            if kind == b"R":
                self._authenticate(scram, body)

    def _authenticate(self, scram, body):
        (step,) = struct.unpack_from(">i", body)
        if step == SASL:
            first = scram.first().encode()
            self._send(b"p", SCRAM.encode() + b"\0" + struct.pack(">i", len(first)) + first)
        elif step == SASL_CONTINUE:
            self._send(b"p", scram.answer(body[4:].decode()).encode())
        elif step == SASL_FINAL:
            scram.check(body[4:].decode())
        elif step != AUTHENTICATED:
            raise PostgresError({"M": f"it asks for authentication of kind {step}, not {SCRAM}"})

    def _send(self, kind, body):
        self._socket.sendall(kind + struct.pack(">i", len(body) + 4) + body)

    def _receive(self):
        kind = self._read(1)
        (length,) = struct.unpack(">i", self._read(4))
        return kind, self._read(length - 4)

    def _read(self, length):
        received = bytearray()
        while len(received) < length:
            block = self._socket.recv(length - len(received))
            if not block:
                raise ConnectionResetError("it hung up")
            received += block
        return bytes(received)


class Scram:
    """The client's half of SCRAM-SHA-256 (RFC 7677): the password is proven, never sent."""

    def __init__(self, password, nonce=None):
        self._password = password.encode()
        self._nonce = nonce or base64.b64encode(os.urandom(18)).decode()
        self._server_signature = None

    def _bare(self):
        return f"n=,r={self._nonce}"

    def first(self):
        """The first message."""
        return "n,," + self._bare()

    def answer(self, server_first):
        """The proof, for the server's first message."""
        said = dict(part.split("=", 1) for part in server_first.split(","))
        if not said["r"].startswith(self._nonce):
            raise PostgresError({"M": "it answers to another login than ours"})
        salted = hashlib.pbkdf2_hmac("sha256", self._password, base64.b64decode(said["s"]), int(said["i"]))
        client_key = _hmac(salted, b"Client Key")
        without_proof = f"c=biws,r={said['r']}"
        exchange = f"{self._bare()},{server_first},{without_proof}".encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), exchange)
        proof = bytes(ours ^ theirs for ours, theirs in zip(client_key, signature))
        self._server_signature = _hmac(_hmac(salted, b"Server Key"), exchange)
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def check(self, server_final):
        """The server proves that it knows the password, too."""
        expected = "v=" + base64.b64encode(self._server_signature).decode()
        if not hmac.compare_digest(server_final, expected):
            raise PostgresError({"M": "it does not prove that it knows the password"})


def _hmac(key, message):
    return hmac.new(key, message, "sha256").digest()


def _row(body):
    (columns,) = struct.unpack_from(">h", body)
    row, place = [], 2
    for _ in range(columns):
        (length,) = struct.unpack_from(">i", body, place)
        place += 4
        row.append(None if length < 0 else body[place : place + length].decode())
        place += max(0, length)
    return row


def _fields(body):
    parts = [part for part in body.split(b"\0") if part]
    return {part[:1].decode(): part[1:].decode(errors="replace") for part in parts}
