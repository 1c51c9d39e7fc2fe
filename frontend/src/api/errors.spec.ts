import { describe, expect, it } from "vitest";
import { ApiError, errorFromResponse, isRetryable, messageOf, offlineError } from "./errors";

describe("errorFromResponse", () => {
  it("keeps the domain's code, message and extra", () => {
    const error = errorFromResponse(409, { code: "stale_base", message: "Older revision", extra: { revision: 7 } });
    expect(error).toMatchObject({ kind: "conflict", code: "stale_base", status: 409, extra: { revision: 7 } });
    expect(messageOf(error)).toBe("Older revision");
  });

  it("reads allauth's list of errors with the field each belongs to", () => {
    const error = errorFromResponse(400, {
      status: 400,
      errors: [{ code: "email_password_mismatch", param: "password", message: "Wrong password." }],
    });
    expect(error.code).toBe("email_password_mismatch");
    expect(error.problems).toEqual([{ field: "password", message: "Wrong password." }]);
  });

  it("names each field that the server refused", () => {
    const error = errorFromResponse(400, {
      code: "invalid",
      message: "Invalid input",
      extra: { fields: { slug: ["Taken."], name: ["Too long."] } },
    });
    expect(messageOf(error)).toBe("slug: Taken. name: Too long.");
  });

  it("has words of its own for a proxy's page without JSON", () => {
    const error = errorFromResponse(502, null);
    expect(error.kind).toBe("unavailable");
    expect(messageOf(error)).toMatch(/could not answer/);
  });

  it("does not tell a hidden thing from a missing one", () => {
    expect(errorFromResponse(404, null).kind).toBe("not_found");
    expect(errorFromResponse(410, null).kind).toBe("not_found");
  });
});

describe("isRetryable", () => {
  it("is true for what passes by itself only", () => {
    expect(isRetryable(offlineError())).toBe(true);
    expect(isRetryable(errorFromResponse(503, null))).toBe(true);
    expect(isRetryable(errorFromResponse(429, null))).toBe(true);
    expect(isRetryable(errorFromResponse(409, null))).toBe(false);
    expect(isRetryable(errorFromResponse(403, null))).toBe(false);
    expect(isRetryable(new TypeError("bug"))).toBe(false);
  });

  it("treats an ApiError as an Error with its message", () => {
    expect(new ApiError("invalid", "x", "No", 400)).toBeInstanceOf(Error);
  });
});
