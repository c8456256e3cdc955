/** Text of the declaration as Terraform must read it: `${` and `%{` would start a template. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&');
}
