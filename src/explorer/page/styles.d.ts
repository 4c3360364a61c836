/** esbuild takes style sheets as imports; there is nothing in them for the compiler. */
declare module '*.css';
