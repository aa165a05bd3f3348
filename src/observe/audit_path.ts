/**
 * Prepares a request target for the audit log: values in the query become `*`, since credentials are
 * sent there.
 *
 * @param pathAndQuery As the client sent it, before anything is injected.
 */
export function auditPath(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf("?") + 1;
  if (mark === 0) return pathAndQuery;
  return pathAndQuery.slice(0, mark) + pathAndQuery.slice(mark).split("&").map(blanked).join("&");
}

/** A piece without `=` may be a value as well as a name. */
function blanked(piece: string): string {
  return piece === "" ? "" : piece.slice(0, piece.indexOf("=") + 1) + "*";
}
