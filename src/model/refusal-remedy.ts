/** What to do about the API server's no to one object; "" where nothing is known. Not for conflicts of field owners. */
export function refusalRemedy({ status, message }: { readonly status: number; readonly message: string }): string {
  if (/is being terminated/.test(message)) {
    return "wait until the namespace is gone (its status says what holds it), or use another one; then run again";
  }
  if (/failed calling webhook/.test(message)) {
    return "see that the webhook's service runs and answers, then run again: nothing is wrong with the object";
  }
  if (/admission webhook ".*" denied the request/.test(message))
    return "satisfy the policy that the webhook's message names";
  if (/exceeded quota/.test(message)) return "raise the quota or ask for less, then run again";
  switch (status) {
    case 401:
      return "the credentials were refused: get new ones and run again";
    case 403:
      return "grant the user of this context the right that the message names, then run again";
    case 404:
      return "check apiVersion and kind, and that the custom resource definition is installed";
    case 400:
    case 422:
    case 500:
      return "correct the field that the message names in the stack";
    default:
      return "";
  }
}
