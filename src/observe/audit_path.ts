import { bounded, longestText } from "./bounded_text.ts";

/**
 * Prepares a request target for the audit log: values in the query become `*`, since credentials are
 * sent there, and what is beyond 2048 characters becomes `…`.
 *
 * @param pathAndQuery As the client sent it, before anything is injected.
 */
export function auditPath(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf("?");
  if (mark === -1) return bounded(pathAndQuery);
  // Of what will be cut off nothing need be blanked.
  const query = pathAndQuery.slice(mark + 1, longestText + 1);
  const path = pathAndQuery.slice(0, mark + 1) + query.split("&").map(blanked).join("&");
  const isCut = pathAndQuery.length > longestText + 1;
  return bounded(isCut ? path + "…" : path);
}

/** A piece without `=` may be a value as well as a name. */
function blanked(piece: string): string {
  if (piece === "") return "";
  return piece.slice(0, piece.indexOf("=") + 1) + "*";
}
