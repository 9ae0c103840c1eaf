// Generated from registry.yaml: change that, then run `npm run generate`.
/** As much of XML as services like S3 answer: elements without attributes that matter, and text. */

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** @returns what is in each element of a name, still as XML. Elements of that name are not in each other. */
export function elementsOf(xml, name) {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, inner]) => inner);
}

/** @returns the text of the first element of a name; undefined where there is none */
export function textOf(xml, name) {
  const [inner] = elementsOf(xml, name);
  return inner?.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, entity) => {
    if (hex)
      return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal)
      return String.fromCodePoint(Number(decimal));
    return ENTITIES[entity] ?? whole;
  });
}

/** @returns text as an element holds it: control characters, which no XML 1.0 may hold, come out as their numbers too */
export function escaped(text) {
  return text.replace(/[<>&"'\x00-\x1f\x7f]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
