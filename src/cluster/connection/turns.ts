/**
 * Lets so many go on at the same time; the others wait, first what came first. In front of a pool of connections: what waits here is
 * not sent yet, and no server is to blame for that.
 */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when it is one's turn, to what ends it. */
  async begin(): Promise<() => void> {
    if (this.#underWay < this.#most) this.#underWay++;
    // Whoever ends hands its place on: nobody who comes in between takes it.
    else await new Promise<void>((go) => this.#waiting.push(go));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    };
  }
}
