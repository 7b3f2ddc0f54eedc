/** A file's text (Vite). */
declare module "*?raw" {
  const text: string;
  export default text;
}

interface ImportMeta {
  /** The texts of files (Vite). */
  glob(
    pattern: string,
    options: { query: "?raw"; import: "default"; eager: true },
  ): Readonly<Record<string, string>>;
}
