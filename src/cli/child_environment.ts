/** What the environment of a program is made of that is to work without credentials. */
export interface ChildNeeds {
  /** Whether the variable holds a credential, whatever is in it. */
  readonly isCredential: (variable: string) => boolean;
  /** Whether a credential stands in the text. */
  readonly holdsCredential: (text: string) => boolean;
  /** What it is given: proxy, trust, placeholders. */
  readonly given: ReadonlyMap<string, string>;
}

/** An environment, and what was taken out of the one that it was made of. */
export interface ChildEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** The variables that are not in it any more and have no placeholder either, in order. */
  readonly removed: readonly string[];
}

/** What the packed file's start puts aside of the user's environment, and what it adds to it. */
const aside = "AUTH_PROXY_ASIDE_";
const added = "AUTH_PROXY_ADDED";

/** Another spelling of these would win over what is given. */
const spellings = /^(?:https?|no|all)_proxy$/i;

/** Makes the environment of a program: the parent's without its credentials, and what is given. */
export function childEnvironment(
  parent: Readonly<Record<string, string>>,
  { isCredential, holdsCredential, given }: ChildNeeds,
): ChildEnvironment {
  const environment: Record<string, string> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(asUserHasIt(parent))) {
    if (name.startsWith("AUTH_PROXY_") || spellings.test(name)) continue;
    if (!isCredential(name) && !holdsCredential(value)) environment[name] = value;
    else if (!given.has(name)) removed.push(name);
  }
  for (const [name, value] of given) environment[name] = value;
  return { environment, removed: removed.sort() };
}

function asUserHasIt(environment: Readonly<Record<string, string>>): Record<string, string> {
  const ours = environment[added]?.split(" ") ?? [];
  const entries = Object.entries(environment);
  return Object.fromEntries([
    ...entries.filter(([name]) => !ours.includes(name)),
    ...entries.filter(([name]) => name.startsWith(aside))
      .map(([name, value]) => [name.slice(aside.length), value] as const),
  ]);
}
