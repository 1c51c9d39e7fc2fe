/** The server's answers, written by hand until the schema generates them. */

export type Role = "manager" | "rater" | "radiologist" | "researcher" | "physicist";

export interface Me {
  id: string;
  email: string;
  display_name: string;
  is_staff: boolean;
  preferences: Record<string, unknown>;
  memberships: { project: { id: string; slug: string; name: string }; role: Role }[];
}

export interface SiteConfig {
  site_name: string;
  demo_accounts: { email: string; password: string; role: string; display_name: string }[];
  version: string;
}
