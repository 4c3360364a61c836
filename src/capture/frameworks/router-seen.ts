let isSeen = false;

/** A framework that has routes was loaded. */
export function noteRouter(): void {
  isSeen = true;
}

/** Whether requests of this process may get a route. */
export function hasRouter(): boolean {
  return isSeen;
}
