/**
 * Lists the texts as which a value may come back: as it is, and in the encodings that a service, or a
 * page that shows a request, would put it in.
 *
 * - base64 and base64url (RFC 4648 sections 4 and 5), for a value that stands alone and for one inside
 *   a longer text, which has one of three alignments: then without the characters at its ends that
 *   hold bits of its neighbours too;
 * - hexadecimal in both cases;
 * - percent-encoded (RFC 3986 section 2.1): what different libraries leave as it is, and all of it;
 * - JSON strings (RFC 8259 section 7): what different libraries escape, and all of it;
 * - HTML text and attributes;
 * - UTF-16, either way round, which a client may ask a service for.
 *
 * @param value Printable ASCII.
 * @returns Each form once, the value itself first.
 */
export function encodedForms(value: string): readonly string[] {
  return [
    ...new Set([
      value,
      ...base64Forms(value),
      ...hexForms(value),
      ...percentForms(value),
      ...jsonForms(value),
      ...htmlForms(value),
      mapAll(value, (character) => `${character}\0`),
      mapAll(value, (character) => `\0${character}`),
    ]),
  ];
}

function base64Forms(value: string): string[] {
  const alone = btoa(value);
  const forms = [alone, alone.replace(/=+$/, "")];
  // How many characters hold bits of what stands before, by how many octets of it are in the group.
  for (const [before, first] of [[0, 0], [1, 2], [2, 3]] as const) {
    const whole = Math.floor((before + value.length) * 8 / 6);
    forms.push(btoa("\0".repeat(before) + value).slice(first, whole));
  }
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}

function hexForms(value: string): string[] {
  return bothCases(mapAll(value, hexOf));
}

/** What is left unencoded: by RFC 3986, by encodeURIComponent, by forms, for a path, and nothing. */
const unencoded = [/[\w.~-]/, /[\w.~!'()*-]/, /[\w.*-]/, /[\w.~/-]/, /[^\s\S]/];

function percentForms(value: string): string[] {
  const percent = (character: string) => `%${hexOf(character)}`;
  return unencoded.flatMap((kept) => {
    const forms = bothCases(
      mapAll(value, (character) => kept.test(character) ? character : percent(character)),
      /%../g,
    );
    return [...forms, ...forms.map((form) => form.replaceAll("%20", "+"))];
  });
}

/** What is written as `\uXXXX`: nothing, by Go, Gson, .NET, and all of it. */
const unicodeEscaped = [/[^\s\S]/, /[<>&]/, /[<>&=']/, /["&'+<>`]/, /[\s\S]/];

function jsonForms(value: string): string[] {
  const short: Record<string, string> = { '"': '\\"', "\\": "\\\\" };
  return unicodeEscaped.flatMap((escaped) => {
    const forms = bothCases(
      mapAll(
        value,
        (character) =>
          escaped.test(character) ? `\\u00${hexOf(character)}` : short[character] ?? character,
      ),
      /\\u..../g,
    );
    return [...forms, ...forms.map((form) => form.replaceAll("/", "\\/"))];
  });
}

const entities: readonly Readonly<Record<string, string>>[] = [
  { "&": "&amp;", "<": "&lt;", ">": "&gt;" },
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" },
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" },
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" },
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "+": "&#43;" },
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "/": "&#x2F;" },
];

function htmlForms(value: string): string[] {
  return entities.map((table) => mapAll(value, (character) => table[character] ?? character));
}

function mapAll(value: string, change: (character: string) => string): string {
  return Array.from(value, change).join("");
}

/** With the hexadecimal digits (of what matches, if given) in lower and in upper case. */
function bothCases(text: string, part: RegExp = /^[\s\S]*$/g): string[] {
  const upper = text.replace(part, (found) => found.toUpperCase().replace("\\U", "\\u"));
  return [text, upper];
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}
