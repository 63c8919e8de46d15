/** What is wrong with a size while it is typed; `null`: nothing. */
export function laneSizeProblem(text: string, min: number, max: number): string | null {
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max
    ? null
    : `Write a whole number from ${min} to ${max}.`;
}
