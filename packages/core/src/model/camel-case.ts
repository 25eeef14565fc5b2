/** As TensorFlow.js reads the keys and names of a topology: `class_name`, and `class__name` too, is `className`. */
export function camelCase(text: string): string {
  return text.length > 1 ? text.replace(/_+(\w|$)/g, (_, next: string) => next.toUpperCase()) : text;
}
