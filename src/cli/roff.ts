/**
 * Writing roff with the macros of man(7), which groff and mandoc read.
 *
 * @module
 */

/** A text as roff shows it: every character stands for itself. */
export function roffText(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(
      /[^\n\x20-\x7e]/gu,
      (character) =>
        `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
  // A dot at the start of a line makes a request of it.
  return escaped.replaceAll(/^\./gm, "\\&.");
}

/** A text in bold: what is written as it is. */
export function bold(text: string): string {
  return `\\fB${roffText(text)}\\fR`;
}

/** A text in italics, or underlined: what stands for something else. */
export function italic(text: string): string {
  return `\\fI${roffText(text)}\\fR`;
}

/** A section; its title is one word or several. */
export function section(title: string, body: string): string {
  return heading("SH", { title, body });
}

export function subsection(title: string, body: string): string {
  return heading("SS", { title, body });
}

/** A heading begins a paragraph, so that another beginning would be none. */
function heading(macro: string, { title, body }: { title: string; body: string }): string {
  return `.${macro} ${macroArgument(title)}\n${body.replace(/^\.PP\n/, "")}`;
}

/** A term, in roff, and what it means. */
export function entry(term: string, meaning: string): string {
  return `.TP\n${term}\n${roffText(meaning)}\n`;
}

export function paragraph(text: string): string {
  return `.PP\n${roffText(text)}\n`;
}

/** Lines that are kept as they are. */
export function verbatim(lines: readonly string[]): string {
  return `.PP\n.RS 4\n.nf\n${lines.map(roffText).join("\n")}\n.fi\n.RE\n`;
}

/** An argument of a macro: in quotes, where a quote is written as a character by its name. */
export function macroArgument(text: string): string {
  return `"${roffText(text).replaceAll('"', "\\(dq")}"`;
}
