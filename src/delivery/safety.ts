/** Those who wait until what was appended before they asked is safe. They are told in the order in which they asked. */
export class Safety {
  readonly #waiting: { readonly upTo: number; readonly use: (isSafe: boolean) => void }[] = [];

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** @param upTo Records that must be safe, counted from the first ever appended. */
  wait(upTo: number, use: (isSafe: boolean) => void): void {
    this.#waiting.push({ upTo, use });
  }

  /**
   * @param upTo Records that are safe.
   * @param isHopeless Whether nothing more will be, for now.
   */
  tell(upTo: number, isHopeless: boolean): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const isSafe = first.upTo <= upTo;
      if (!isSafe && !isHopeless) return;
      this.#waiting.shift();
      first.use(isSafe);
    }
  }
}
