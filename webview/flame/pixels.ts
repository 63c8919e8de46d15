/** Colours as pixels of a canvas, whatever form they are written in: painted once, and read back. */
export function pixelsOf(colours: readonly string[]): Uint32Array {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, colours.length);
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return new Uint32Array(colours.length);
  for (const [at, colour] of colours.entries()) {
    context.fillStyle = colour;
    context.fillRect(at, 0, 1, 1);
  }
  return new Uint32Array(context.getImageData(0, 0, canvas.width, 1).data.buffer);
}
