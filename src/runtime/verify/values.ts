/** How many values a JSON text has, told from its bytes: parsed, a few bytes of text may take a hundred of memory. */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** @returns what counts the values of a text that comes in chunks, cut wherever they are: it returns the number so far. */
export function valueCounter(): (chunk: Uint8Array) => number {
  let values = 1;
  let isText = false;
  let isEscaped = false;
  return (chunk) => {
    for (const byte of chunk) {
      if (isEscaped) isEscaped = false;
      else if (byte === QUOTE) isText = !isText;
      else if (isText) isEscaped = byte === BACKSLASH;
      else if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
    }
    return values;
  };
}
