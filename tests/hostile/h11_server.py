"""h11 as a witness: for each connection one JSON line with what it read, like llhttp_server.cjs."""

import json
import socket
import sys

import h11


def serve(client):
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=256 * 1024)
    requests = []
    current = None
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(client.recv(65536))
        elif isinstance(event, h11.Request):
            current = {
                "method": event.method.decode("latin1"),
                "target": event.target.decode("latin1"),
                "body": "",
            }
        elif isinstance(event, h11.Data):
            current["body"] += bytes(event.data).decode("latin1")
        elif isinstance(event, h11.EndOfMessage):
            requests.append(current)
            yield requests
            response = h11.Response(status_code=200, headers=[("Content-Length", "0")])
            client.sendall(connection.send(response) + connection.send(h11.EndOfMessage()))
            if connection.our_state is h11.MUST_CLOSE:
                return
            connection.start_next_cycle()
        else:
            return


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    while True:
        client, (_, port) = listener.accept()
        seen = []
        error = None
        try:
            for seen in serve(client):
                pass
        except (h11.ProtocolError, OSError) as failure:
            error = repr(failure)
        client.close()
        print(json.dumps({"remotePort": port, "requests": seen, "error": error}), flush=True)


main()
