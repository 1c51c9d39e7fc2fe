/** What can draw the planes on this computer. */

export type Drawing = "graphics" | "processor";

/** How browsers and drivers name a WebGL that a processor works out. */
const NO_CARD = /swiftshader|llvmpipe|softpipe|software|basic render/i;

let found: Drawing | null = null;

/** Whether a graphics card draws here. Asked once: a second context would take memory for nothing. */
export function drawingAtHand(): Drawing {
  found ??= look();
  return found;
}

function look(): Drawing {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return "processor";
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer: unknown = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return NO_CARD.test(String(renderer)) ? "processor" : "graphics";
}
