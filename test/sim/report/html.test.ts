import { describe, expect, it } from 'vitest';
import { html, trustedMarkup } from '../../../sim/report/html.ts';

describe('html', () => {
  it('escapes text, for content and for attributes', () => {
    expect(html`<a title="${`"'`}">${'<b> & "c"'}</a>`.markup).toBe(
      '<a title="&quot;&#39;">&lt;b&gt; &amp; &quot;c&quot;</a>',
    );
  });

  it('puts in pieces, lists, numbers and nothing as they are', () => {
    const rows = ['<', 'b'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${rows}${null}</ul>${3}${trustedMarkup('<br>')}`.markup).toBe(
      '<ul><li>&lt;</li><li>b</li></ul>3<br>',
    );
  });
});
