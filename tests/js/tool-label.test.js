import assert from "node:assert/strict";
import test from "node:test";

import { toolLabel } from "../../static/js/talk/tool-label.js";

test("a tool's name reads as words, the same as on a call's page", () => {
  for (const [name, label] of [
    ["hang_up", "Hang up"],
    ["order_status", "Order status"],
    ["orderStatus", "Order status"],
    ["get-HTTP-code", "Get HTTP code"],
    ["parseHTMLPage2", "Parse HTML page2"],
    ["lookup", "Lookup"],
    ["x", "X"],
    ["__", "__"],
  ]) assert.equal(toolLabel(name), label);
});
