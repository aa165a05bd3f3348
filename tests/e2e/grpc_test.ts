/**
 * The contract: gRPC passes as if nobody were in between, of every kind and however a call ends, with
 * the credential on each; and what the proxy itself has to say arrives as a status of gRPC.
 */

import {
  assertPassed,
  GrpcWorld,
  ruleSite,
  talosconfigSite,
  talosSite,
} from "../support/grpc/grpc_world.ts";
import { testWith, tool } from "../support/tools.ts";

const credentialCases = [
  "a client that compresses its messages, and a credential that comes back",
  "a credential that the service sends back is masked",
];

const cases = [
  "a unary call",
  "metadata both ways, binary too",
  "server streaming",
  "client streaming",
  "bidirectional streaming, one answer before each next message",
  "messages of 10 MB both ways",
  "an error without a message (trailers only)",
  "a status in the trailers, after messages",
  "a method that is not there",
  "a server that compresses, unasked, is refused",
  "a deadline, of which the server knows",
  "a client that cancels, of which the server learns",
  "a client that cancels a stream, of which the server learns",
  "a server that ends a stream while the client sends",
  "100 streams at once",
  "the client's own authorization goes, and what the proxy has is there once in every call",
];

for (const site of [ruleSite, talosSite, talosconfigSite]) {
  testWith(`gRPC to ${site.name}`, {
    needs: [tool("node")],
    fn: async (test) => {
      await using world = await GrpcWorld.create(site);
      const results = await world.run([...cases, ...site.injects ? credentialCases : []]);
      for (const result of results) {
        await test.step(result.name, () => assertPassed(result));
      }
    },
  });
}
