// The names by which the page knows what the service answers; the shapes come from the contract.

import type { components, operations } from "./contract.d.ts";

type Schemas = components["schemas"];
type Success<Responses> = Responses[keyof Responses & (200 | 201 | 202 | 204)];
type Content<Response> = Response extends { content: { "application/json": infer Body } } ? Body : null;

declare global {
  /** What an operation answers when it succeeds. */
  type AnswerOf<Operation extends keyof operations> = {
    status: number;
    body: Content<Success<operations[Operation]["responses"]>>;
    etag: string | null;
  };
  /** What an operation takes. */
  type BodyOf<Operation extends keyof operations> = operations[Operation] extends {
    requestBody?: { content: { "application/json": infer Body } };
  }
    ? Body
    : never;

  type Profile = Schemas["Profile"];
  type Mfa = Schemas["MfaStatus"];
  type Enrolment = Schemas["TotpEnrolment"];
  type Session = Schemas["Session"];
  type SessionUser = Schemas["SessionUser"];
  type SignInAnswer = Schemas["SignInAnswer"];
  type Scope = Schemas["ScopeDescription"];
  type Key = Schemas["ApiKey"];
  type KeyWithValue = Key & Partial<Schemas["ApiKeyWithValue"]>;
}
