import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { Role } from "@/api/types";
import { roleWord } from "@/components/common/badges";
import { Forbidden } from "@/components/shell/Forbidden";
import { mayActAs, useMe } from "@/state/session";

interface RequireRoleProps {
  readonly slug: string;
  readonly roles: readonly Role[];
  readonly children: ReactNode;
}

/** Spares people pages that the server would refuse them anyway. It guards nothing by itself. */
export function RequireRole({ slug, roles, children }: RequireRoleProps) {
  const me = useMe();
  if (mayActAs(me, slug, ...roles)) return children;
  return <Forbidden need={roles.map((role) => roleWord(role, 2)).join(t(" and "))} />;
}
