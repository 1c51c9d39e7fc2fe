import { type ApiError, errorFromResponse, offlineError } from "./errors";
import { csrfToken, reportSignedOut } from "./http";

/**
 * Posts a file as it is, and tells how much of it has gone out (0..1), of which `fetch` says nothing.
 *
 * @throws ApiError for a failing status, or where there was no answer
 */
export function sendFile(
  address: string,
  file: Blob,
  mediaType: string,
  onProgress: (fraction: number) => void,
): Promise<void> {
  return new Promise((resolve, reject: (error: ApiError) => void) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Content-Type", mediaType);
    request.setRequestHeader("Accept", "application/json");
    const token = csrfToken();
    if (token !== null) request.setRequestHeader("X-CSRFToken", token);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(offlineError());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve();
        return;
      }
      const error = errorFromResponse(request.status, parsed(request.responseText));
      if (error.kind === "signed_out") reportSignedOut();
      reject(error);
    };
    request.send(file);
  });
}

/** JSON, or null where a proxy answered with a page of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
