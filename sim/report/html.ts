/** Text that is markup already. Only this file makes one of text, so nothing gets in unescaped. */
export interface Html {
  readonly markup: string;
}

type Child = Html | string | number | null | readonly Child[];

/**
 * A piece of a page: `` html`<td>${text}</td>` ``. Text and numbers are escaped, for content and for
 * quoted attributes alike; pieces and lists of them go in as they are; null is nothing.
 */
export function html(literals: TemplateStringsArray, ...children: readonly Child[]): Html {
  const rest = children.map((child, index) => markupOf(child) + literals[index + 1]);
  return { markup: literals[0] + rest.join('') };
}

/** Markup that a program made, such as a drawn chart. Never for text from outside. */
export function trustedMarkup(markup: string): Html {
  return { markup };
}

function markupOf(child: Child): string {
  if (child === null) return '';
  if (typeof child === 'string') return escapeText(child);
  if (typeof child === 'number') return String(child);
  return 'markup' in child ? child.markup : child.map(markupOf).join('');
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}
