/** Sign-in, sign-out and second factor: allauth's headless browser API. */

import { t } from "@/i18n";
import { ApiError, errorFromResponse } from "./errors";
import { failure, fetchWithCsrf } from "./http";

const ROOT = "/_allauth/browser/v1";

interface AllauthBody {
  status: number;
  data?: { flows?: { id: string; is_pending?: boolean }[] };
  meta?: Record<string, unknown>;
}

/** What a sign-in step ended in. Wrong credentials or codes are thrown as `ApiError` instead. */
export type SignInOutcome = "signed_in" | "needs_code";

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: AllauthBody }> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await fetchWithCsrf(`${ROOT}${path}`, init);
  return { status: response.status, body: await parse(response) };
}

async function parse(response: Response): Promise<AllauthBody> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (typeof body !== "object" || body === null) throw await failure(response);
  return body as AllauthBody;
}

const UNVERIFIED = t(
  "Your address is not verified yet. Open the link that was mailed to you; it may lie in the junk folder.",
);

function outcome(status: number, body: AllauthBody): SignInOutcome {
  if (status === 200) return "signed_in";
  const pending = body.data?.flows?.find((flow) => flow.is_pending === true);
  if (status === 401 && pending?.id === "mfa_authenticate") return "needs_code";
  if (status === 401 && pending?.id === "verify_email")
    throw new ApiError("forbidden", "unverified", UNVERIFIED, status);
  throw errorFor(status, body);
}

function errorFor(status: number, body: AllauthBody): ApiError {
  if (
    status === 401 &&
    body.meta?.["is_authenticated"] === true &&
    body.data?.flows?.some(({ id }) => id === "reauthenticate")
  ) {
    return new ApiError("reauthenticate", "reauthenticate", t("Your password is asked for once more."), status);
  }
  return errorFromResponse(status, body);
}

export async function signIn(email: string, password: string): Promise<SignInOutcome> {
  const { status, body } = await call("POST", "/auth/login", { email, password });
  // A session that still stands in this browser answers 409: it is the wanted state.
  if (status === 409) return "signed_in";
  return outcome(status, body);
}

export async function sendCode(code: string): Promise<SignInOutcome> {
  const { status, body } = await call("POST", "/auth/2fa/authenticate", { code });
  return outcome(status, body);
}

/** Give the password once more, which what concerns the account's safety asks for; it then holds for five minutes. */
export async function reauthenticate(password: string): Promise<void> {
  const { status, body } = await call("POST", "/auth/reauthenticate", { password });
  if (status !== 200) throw errorFor(status, body);
}

/** allauth answers 401 to a successful sign-out: the session is gone. */
export async function signOut(): Promise<void> {
  const { status, body } = await call("DELETE", "/auth/session");
  if (status !== 401 && status !== 200) throw errorFor(status, body);
}

export interface TotpSetup {
  readonly active: boolean;
  /** Only before activation: the secret to type in, and the address that the QR code holds. */
  readonly secret: string | null;
  readonly url: string | null;
}

export async function totpStatus(): Promise<TotpSetup> {
  const { status, body } = await call("GET", "/account/authenticators/totp");
  if (status === 200) return { active: true, secret: null, url: null };
  if (status === 404 && typeof body.meta?.["secret"] === "string") {
    return { active: false, secret: body.meta["secret"], url: String(body.meta["totp_url"] ?? "") };
  }
  throw errorFor(status, body);
}

export async function activateTotp(code: string): Promise<void> {
  const { status, body } = await call("POST", "/account/authenticators/totp", { code });
  if (status !== 200) throw errorFor(status, body);
}

export async function deactivateTotp(): Promise<void> {
  const { status, body } = await call("DELETE", "/account/authenticators/totp");
  if (status !== 200) throw errorFor(status, body);
}

/** Recovery codes that were not used yet; they exist once a second factor is active. */
export async function recoveryCodes(): Promise<string[]> {
  const { status, body } = await call("GET", "/account/authenticators/recovery-codes");
  if (status !== 200) throw errorFor(status, body);
  const codes = (body.data as { unused_codes?: unknown } | undefined)?.unused_codes;
  return Array.isArray(codes) ? codes.map(String) : [];
}

export async function changePassword(current: string, next: string): Promise<void> {
  const { status, body } = await call("POST", "/account/password/change", {
    current_password: current,
    new_password: next,
  });
  if (status !== 200) throw errorFor(status, body);
}

/**
 * Make an account, which counts once its address is verified. The answer is the same where there is one already:
 * its owner is told by mail.
 */
export async function signUp(email: string, password: string): Promise<void> {
  const { status, body } = await call("POST", "/auth/signup", { email, password });
  const isPending = body.data?.flows?.some(({ id, is_pending: pending }) => id === "verify_email" && pending === true);
  if (status !== 401 || isPending !== true) throw errorFor(status, body);
}

/** The address that the key of a mailed link is about. */
export async function addressOf(key: string): Promise<string> {
  const response = await fetchWithCsrf(`${ROOT}/auth/email/verify`, { headers: { "X-Email-Verification-Key": key } });
  const body = await parse(response);
  const email = (body.data as { email?: unknown } | undefined)?.email;
  if (response.status !== 200 || typeof email !== "string") throw errorFor(response.status, body);
  return email;
}

/** Verify it. In the browser in which the account was made one is signed in with it; elsewhere allauth answers 401. */
export async function verifyEmail(key: string): Promise<"signed_in" | "verified"> {
  const { status, body } = await call("POST", "/auth/email/verify", { key });
  if (status === 200) return "signed_in";
  if (status !== 401) throw errorFor(status, body);
  return "verified";
}

/** Ask for a reset link by e-mail. The answer is the same whether there is such an account or not. */
export async function requestPasswordReset(email: string): Promise<void> {
  const { status, body } = await call("POST", "/auth/password/request", { email });
  if (status !== 200) throw errorFor(status, body);
}

/** Set a new password with the key of a reset link. allauth answers 401 where it is done but not signed in. */
export async function resetPassword(key: string, password: string): Promise<void> {
  const { status, body } = await call("POST", "/auth/password/reset", { key, password });
  if (status !== 200 && status !== 401) throw errorFor(status, body);
}
