/** A row as the register calls it: the table as the statements do, of a key of several columns its values joined by commas. */
export interface RowName {
  readonly table: string;
  readonly id: string;
}
