/** What {@linkcode mergeListField} changes. */
export interface ListChanges {
  /** Members that must be there. */
  readonly ensure?: readonly string[];
  /** Members that begin like one of these, ASCII case ignored, are dropped. */
  readonly dropPrefixes?: readonly string[];
}

/**
 * Changes the members of a comma-separated list field (RFC 9110 section 5.6.1) whose members are
 * tokens; what the client sent stays, in its order.
 *
 * @param values The values of all its field lines, in order; none if the client sent none.
 * @returns The value of the one field line to send instead (section 5.3 lets lines be joined), or
 * `undefined` if no member is left.
 */
export function mergeListField(
  values: readonly string[],
  { ensure = [], dropPrefixes = [] }: ListChanges,
): string | undefined {
  const prefixes = dropPrefixes.map((prefix) => prefix.toLowerCase());
  const members = values.flatMap((value) => value.split(","))
    .map((member) => member.trim())
    .filter((member) => {
      const lower = member.toLowerCase();
      return member !== "" && !prefixes.some((prefix) => lower.startsWith(prefix));
    });
  for (const member of ensure) {
    if (!members.includes(member)) members.push(member);
  }
  return members.length === 0 ? undefined : members.join(", ");
}
