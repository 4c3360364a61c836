/** The WebAssembly build of libpg_query as Emscripten made it: what `src/sql/parser.ts` needs of it. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface LibPgQuery {
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** Gives a `PgQueryParseResult *`: tree, standard error, error. */
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    getValue(pointer: number, type: 'i32'): number;
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, bytes: number): void;
    UTF8ToString(pointer: number): string;
  }
  const createLibPgQuery: () => Promise<LibPgQuery>;
  export default createLibPgQuery;
}
