import { createServer } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/**
 * Tells whether this runtime accepts a certificate that nobody vouches for, as it does when it was
 * started with a flag that ignores certificate errors (I7). There is no way to ask for the flag, so
 * a handshake on loopback, with a certificate that vouches for itself alone, is tried.
 *
 * A flag that names hosts is not found this way.
 */
export async function verificationIsOff(): Promise<boolean> {
  const secureContext = createSecureContext({ cert: certificate, key });
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext });
    // The client is expected to break the handshake off.
    tls.on("error", () => socket.destroy());
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const address = server.address();
  const port = typeof address === "object" ? address?.port ?? 0 : 0;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const tls = await Deno.startTls(conn, { hostname: "localhost" });
    try {
      await tls.handshake();
      return true;
    } finally {
      tls.close();
    }
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * For localhost, signed by nobody else. The key is no secret: nothing trusts this certificate, and if
 * something does, that is what is found out here. Minting one took a third of the start-up.
 */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUT96ECCV5PF+FxPTHyhsk+SxqLC8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA1MDEyOVoYDzIxMjYxMDMx
MDUwMTI5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASzcnogjxjpHmOSZQLxi9Ck7CbrEQyvtSNrXojsRxFeaQHZroNydytx
DWnI/wRH8aop60A7LjGpY6uJzlsFsOfPo2kwZzAdBgNVHQ4EFgQUZKkbjMoegCTS
Mme+kGYNciof0O0wHwYDVR0jBBgwFoAUZKkbjMoegCTSMme+kGYNciof0O0wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgQgKynTDXkdVYyWT27RXP4t45qFHzX6MgP1ya4VzyoBQCIFVhlmjcHK6j
BWtDiv8iVRfWo+IzkvYGHcB/9dpax3xZ
-----END CERTIFICATE-----`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpq52NTyMnmU2Y57C
2hdOSzpEuWLtwhIN0GzdIoP5o5qhRANCAASzcnogjxjpHmOSZQLxi9Ck7CbrEQyv
tSNrXojsRxFeaQHZroNydytxDWnI/wRH8aop60A7LjGpY6uJzlsFsOfP
-----END PRIVATE KEY-----`;
