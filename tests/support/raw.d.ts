/** Vite gives the text of a file so. */
declare module "*?raw" {
  const text: string;
  export default text;
}
