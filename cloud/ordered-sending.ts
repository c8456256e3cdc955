/** Sends items in order, several at once where they come together. At best effort: what fails is told and lost. */
export class OrderedSending<Item> {
  private readonly mostAtOnce: number;
  private readonly put: (items: readonly Item[]) => Promise<void>;
  private readonly onFailure: (why: string) => void;
  private readonly waiting: Item[] = [];
  private sending: Promise<void> | null = null;

  /** `put` rejects where it could not send. */
  constructor(
    mostAtOnce: number,
    put: (items: readonly Item[]) => Promise<void>,
    onFailure: (why: string) => void,
  ) {
    this.mostAtOnce = mostAtOnce;
    this.put = put;
    this.onFailure = onFailure;
  }

  send(item: Item): void {
    this.waiting.push(item);
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
    });
  }

  /** Resolves once all that was sent until now has arrived, or is lost. */
  async settled(): Promise<void> {
    while (this.sending !== null) await this.sending;
  }

  private async sendAll(): Promise<void> {
    // Items of one moment come together: so that they share calls.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      try {
        await this.put(this.waiting.splice(0, this.mostAtOnce));
      } catch (error) {
        this.onFailure(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
