/** Where a notice goes. */
export type NoticeTarget =
  | { readonly kind: 'email'; readonly address: string }
  /** An SNS topic of the pool's owner. */
  | { readonly kind: 'topic'; readonly arn: string; readonly region: string }
  | { readonly kind: 'webhook'; readonly url: string };

const topicPattern = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}$/;

/**
 * What a target is by its form: https URLs are webhooks, ARNs are topics, and the rest are e-mail
 * addresses; null: it is none of them. FIFO topics are none: they take no e-mail subscriptions and
 * ask for a message group.
 */
export function noticeTarget(text: string): NoticeTarget | null {
  if (/^\w+:\/\//.test(text)) return isWebhook(text) ? { kind: 'webhook', url: text } : null;
  if (text.startsWith('arn:')) {
    const region = topicPattern.exec(text)?.[1];
    return region === undefined ? null : { kind: 'topic', arn: text, region };
  }
  const isAddress = text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text);
  return isAddress ? { kind: 'email', address: text } : null;
}

function isWebhook(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/** A target as it may be shown: the path of a webhook is as good as a password. */
export function showNoticeTarget(text: string): string {
  return text.replace(/^(\w+:\/\/)(?:[^/@]*@)?([^/?#]*)[/?#].*$/s, '$1$2/...');
}
