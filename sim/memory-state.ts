import type { State, StatePort } from '../scaler/ports.ts';

/** The scaler's memory for one run, kept nowhere else. */
export class MemoryState implements StatePort {
  private state: State = { memories: {}, last: {}, launched: [] };

  async load(): Promise<State> {
    return this.state;
  }

  async save(state: State): Promise<void> {
    this.state = state;
  }
}
