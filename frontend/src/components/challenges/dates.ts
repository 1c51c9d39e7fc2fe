/** Between the picker's local "2026-12-01 09:00:00" and the time of the whole world. */

export function toPicker(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:00`;
}

export function fromPicker(local: string): string {
  return new Date(local.replace(" ", "T")).toISOString();
}
