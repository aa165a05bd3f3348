"""The gRPC client of the tests, with grpcio: does what client.mjs does, less of it.

Run: client.py TARGET. Prints `ok NAME` for each case; the first that fails ends it.
"""

import hashlib
import json
import os
import queue
import sys

import grpc

target = sys.argv[1]
unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(), unlimited)


def path(name):
    return "/lab.Lab/" + name


def encode(**values):
    return json.dumps(values).encode()


def unary_call():
    echo = channel.unary_unary(path("Echo"))
    metadata = (("x-echo", "one"), ("x-echo-bin", b"\x00\xff"), ("authorization", "Bearer mine"))
    answer, call = echo.with_call(b"hello", metadata=metadata, timeout=20)
    assert answer == b"hello"
    assert ("x-initial", "one") in call.initial_metadata()
    assert ("x-trailing-bin", b"\x00\xff") in call.trailing_metadata()
    assert call.code() == grpc.StatusCode.OK


def streams():
    download = channel.unary_stream(path("Download"))
    assert len(list(download(encode(count=300, size=1000), timeout=20))) == 300
    hashed = hashlib.sha256(b"abc" * 100).hexdigest()
    upload = channel.stream_unary(path("Upload"))
    answer = json.loads(upload((b"abc" for _ in range(100)), timeout=20))
    assert answer == {"count": 100, "octets": 300, "sha256": hashed}, answer


def ping_pong():
    """Sends no message before the answer to the one before has come."""
    pings = queue.SimpleQueue()
    answers = channel.stream_stream(path("Chat"))(iter(pings.get, None), timeout=20)
    for turn in range(20):
        pings.put(f"ping {turn}".encode())
        assert next(answers) == f"pong {turn}".encode()
    pings.put(None)
    assert list(answers) == []
    assert answers.code() == grpc.StatusCode.OK


def errors():
    fail = channel.unary_unary(path("Fail"))
    try:
        fail(encode(code=5, details="nothing here: 100 %"), timeout=20)
        raise AssertionError("it did not fail")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
        assert error.details() == "nothing here: 100 %"
    hang = channel.unary_unary(path("Hang"))
    try:
        hang(encode(name="python"), timeout=0.5)
        raise AssertionError("it did not fail")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def large_messages():
    large = os.urandom(10_000_000)
    assert channel.unary_unary(path("Echo"))(large, timeout=60) == large


def masked():
    answer = channel.unary_unary(path("Reveal"))(b"{}", timeout=20)
    assert set(json.loads(answer)["authorization"].removeprefix("Bearer ")) == {"*"}


def injected():
    seen = json.loads(channel.unary_unary(path("Seen"))(b"{}", timeout=20))
    assert seen["streams"] == seen["asExpected"] > 0, seen


for case in (unary_call, streams, ping_pong, errors, large_messages, masked, injected):
    case()
    print("ok", case.__name__, flush=True)
