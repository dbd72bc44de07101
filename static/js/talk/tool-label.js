// Names of tools as people read them; calls/tool_labels.py does the same on the server.

// Between two words: a sign that is none, a capital after a small letter, the last of several capitals.
const BETWEEN = /[_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;

/** `order_status` and `orderStatus` are "Order status". Abbreviations keep their capitals. */
export function toolLabel(name) {
  const words = name.split(BETWEEN).filter(Boolean).map((word) => (/^[A-Z0-9]{2,}$/.test(word) ? word : word.toLowerCase()));
  const label = words.join(" ");
  return label.charAt(0).toUpperCase() + label.slice(1) || name;
}
