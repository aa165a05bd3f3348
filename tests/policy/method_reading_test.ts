import assert from "node:assert/strict";
import { methodReading, namedMethod } from "../../src/policy/method_reading.ts";
import { requestHead } from "../support/request_head.ts";

function read(requestLine: string, ...fields: string[]): string | undefined {
  const head = requestHead(requestLine, ...fields);
  const mark = head.target.indexOf("?");
  return methodReading(head, mark === -1 ? "" : head.target.slice(mark));
}

const certain: readonly (readonly [requestLine: string, fields: string[], method: string])[] = [
  ["GET /a", [], "GET"],
  ["get /a", [], "GET"],
  ["PATCH /a?name=x&_x=%6dethod", [], "PATCH"],
  ["GET /a?q=_method", [], "GET"],
  ["GET /a?q=%5fmethod%3Dx", [], "GET"],
  ["GET /a", ["Content-Type: application/x-www-form-urlencoded"], "GET"],
  ["POST /a", ["Content-Type: application/json"], "POST"],
  ["post /a", ["content-type: Application/JSON ; charset=utf-8"], "POST"],
  ["POST /a", ["Content-Type: application/merge-patch+json"], "POST"],
  ["POST /a", ["Content-Type: application/json", "X_Content_Type: multipart/form-data"], "POST"],
  ["GET /a", ["X-HTTP-Methods: POST"], "GET"],
];

for (const [requestLine, fields, method] of certain) {
  Deno.test(`methodReading() of ${requestLine} with ${JSON.stringify(fields)} is ${method}`, () => {
    assert.equal(read(requestLine, ...fields), method);
  });
}

const open: readonly (readonly [requestLine: string, fields: string[]])[] = [
  ["GET /a", ["X-HTTP-Method-Override: POST"]],
  ["GET /a", ["x-http-method-override:"]],
  ["GET /a", ["X-HTTP-Method: POST"]],
  ["GET /a", ["X-Method-Override: POST"]],
  ["GET /a", ["X_HTTP_METHOD_OVERRIDE: POST"]],
  ["GET /a", ["X-Http_Method-Override: POST"]],
  ["GET /a", ["X.HTTP~Method!Override: POST"]],
  ["GET /a", ["HTTP-Method-Override: POST"]],
  ["GET /a?_method=post", []],
  ["GET /a?b=c&_METHOD=post", []],
  ["GET /a?b=c;_method=post", []],
  ["GET /a?%5Fm%65thod=post", []],
  ["GET /a?%255Fm%2565thod=post", []],
  ["GET /a?$httpMethod=POST", []],
  ["GET /a?$httpHeaders=X-HTTP-Method-Override:POST", []],
  ["POST /a", []],
  ["POST /a", ["Content-Type: application/x-www-form-urlencoded"]],
  ["POST /a", ["Content-Type: multipart/form-data; boundary=json"]],
  ["POST /a", ["Content-Type: text/plain; a=application/json"]],
  ["POST /a", ["Content-Type: application/json", "Content-Type: multipart/form-data"]],
  ["POST /a", ["Content-Type: application/json; a=b, multipart/form-data"]],
  ["POST /a", ["Content-Type: application/json", "Content_Type: multipart/form-data"]],
  ["POST /a", ["Content_Type: application/json", "Content-Type: application/json"]],
  ["POST /a", ["Content-Type: application/json", "CONTENT.TYPE: application/json"]],
  // Whoever tells _ from - sees no type here.
  ["POST /a", ["Content_Type: application/json"]],
  ["POST /a", ["Content-Type: application/jsonx"]],
];

for (const [requestLine, fields] of open) {
  Deno.test(`methodReading() of ${requestLine} with ${JSON.stringify(fields)} is any`, () => {
    assert.equal(read(requestLine, ...fields), undefined);
  });
}

Deno.test("namedMethod() is the method as it came, unless the request names another as well", () => {
  const named = (requestLine: string, ...fields: string[]) => {
    const head = requestHead(requestLine, ...fields);
    const mark = head.target.indexOf("?");
    return namedMethod(head, mark === -1 ? "" : head.target.slice(mark));
  };
  assert.equal(named("GET /a"), "GET");
  assert.equal(named("get /a"), "get");
  assert.equal(named("POST /a"), "POST");
  assert.equal(named("POST /a", "Content-Type: application/x-www-form-urlencoded"), "POST");
  for (const [requestLine, fields] of open) {
    if (requestLine !== "POST /a") assert.equal(named(requestLine, ...fields), undefined);
  }
});
