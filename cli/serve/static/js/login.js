// The form for the token that a guarded server wants.

import { ask } from "./api.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";

/** Asks until a token is taken. */
export async function signIn() {
  for (let done = false; !done;) {
    await dialog("This store wants a token", (box, close) => form((taken) => { done = taken; close(); }));
  }
}

function form(end) {
  const input = h("input", { type: "password", name: "token", required: true, autofocus: true, autocomplete: "current-password", "aria-describedby": "wrong" });
  // Who keeps passwords for people wants a name to keep this one under.
  const user = h("input", { type: "text", name: "username", value: "inrstore", autocomplete: "username", hidden: true });
  const wrong = h("p", { class: "wrong", id: "wrong", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await ask("/login", { method: "POST", body: { token: input.value } });
      end(true);
    } catch (error) {
      wrong.textContent = error.status === 401 ? "This is not the token. Whoever started the server knows it." : error.message;
      input.select();
    }
  };
  return h("form", { on: { submit } }, h("p", { class: "soft" }, "It is what inrstore serve was started with."), user,
    h("label", { class: "line" }, h("span", {}, "Token"), input), wrong, h("p", { class: "row end" }, h("button", { class: "main" }, "Go on")));
}
