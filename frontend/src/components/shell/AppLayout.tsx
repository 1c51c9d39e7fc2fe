import { AppShell, Badge, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFolders, IconHeartRateMonitor, IconHelpCircle, IconServerCog, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { t } from "@/i18n";
import type { Me } from "@/api/types";
import { type ActiveProject, useActiveProject } from "@/state/activeProject";
import { projectQuery } from "@/state/projects";
import { useProjectSocket } from "@/state/projectSocket";
import { rolesEverywhere, rolesIn, useMe } from "@/state/session";
import { ConnectionNote } from "./ConnectionNote";
import { KeptWorkNote } from "./KeptWorkNote";
import { Logo } from "./Logo";
import { navigationFor } from "./navigation";
import classes from "./shell.module.css";
import { UserMenu } from "./UserMenu";

export function AppLayout() {
  const [opened, { toggle, close }] = useDisclosure();
  const active = useActiveProject();
  const { pathname } = useLocation();
  const me = useMe();
  useProjectSocket(active?.slug ?? null);
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      navbar={{ width: 236, breakpoint: "md", collapsed: { mobile: !opened } }}
      header={{ height: { base: 52, md: 0 } }}
      padding={0}
    >
      <a className="skip-link" href="#main">
        {t("Skip to content")}
      </a>
      <AppShell.Header hiddenFrom="md" px="md">
        <Group h="100%">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label={t("Navigation")} />
          <Logo size={24} />
          <Text fw={600}>Vertebase</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.rail} aria-label={t("Main")}>
        <Link to="/" className={classes.brand}>
          <Logo />
          Vertebase
        </Link>
        <div className={classes.scroll} data-testid="nav-scroll">
          <RailLink to="/" icon={<IconHeartRateMonitor size={18} stroke={1.6} />} label={t("My work")} exact />
          <RailLink to="/projects" icon={<IconFolders size={18} stroke={1.6} />} label={t("Projects")} exact />
          {rolesEverywhere(me).some((role) => role === "researcher" || role === "manager") && (
            <RailLink to="/challenges" icon={<IconTrophy size={18} stroke={1.6} />} label={t("Challenges")} />
          )}
          {me.is_staff && (
            <RailLink to="/site" icon={<IconServerCog size={18} stroke={1.6} />} label={t("Site administration")} />
          )}
          {active !== null && <ProjectLinks project={active} me={me} />}
        </div>
        <div className={classes.foot}>
          <Group justify="space-between" wrap="nowrap">
            {active !== null && <ConnectionNote />}
            <Link to="/help" search={{}} className={classes.help} data-testid="nav-help">
              <IconHelpCircle size={16} stroke={1.6} aria-hidden="true" />
              {t("Help")}
            </Link>
          </Group>
          <UserMenu me={me} />
        </div>
      </AppShell.Navbar>
      <AppShell.Main>
        <div id="main" className={classes.main} tabIndex={-1}>
          <KeptWorkNote userId={me.id} />
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function ProjectLinks({ project, me }: { readonly project: ActiveProject; readonly me: Me }) {
  const { data } = useQuery(projectQuery(project.slug));
  const roles = rolesIn(me, project.slug);
  const groups = navigationFor(me.is_staff ? [...roles, "manager"] : roles);
  const quarantined = data?.counts?.quarantined ?? 0;
  return (
    <nav aria-label={project.name}>
      <div className={classes.project}>{project.name}</div>
      {groups.map(({ title, items }) => (
        <div key={title}>
          <div className={classes.group}>{title}</div>
          {items.map(({ label, path, icon: Icon }) => (
            <RailLink
              key={path}
              to={`/projects/${project.slug}${path === "" ? "" : `/${path}`}`}
              icon={<Icon size={18} stroke={1.6} />}
              label={label}
              exact={path === ""}
              badge={path === "quarantine" && quarantined > 0 ? quarantined : undefined}
            />
          ))}
        </div>
      ))}
    </nav>
  );
}

interface RailLinkProps {
  readonly to: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly exact?: boolean;
  readonly badge?: number | undefined;
}

function RailLink({ to, icon, label, exact = false, badge }: RailLinkProps) {
  const { pathname } = useLocation();
  const active = exact ? pathname === to : pathname === to || pathname.startsWith(`${to}/`);
  return (
    <Link
      to={to}
      className={classes.link}
      data-active={active || undefined}
      aria-current={active ? "page" : undefined}
      data-testid={`nav-${to.split("/").at(-1)}`}
    >
      {icon}
      <span style={{ flex: 1 }}>{label}</span>
      {badge !== undefined && (
        <Badge size="sm" color="amber" aria-label={t("{{badge}} waiting", { badge })}>
          {badge}
        </Badge>
      )}
    </Link>
  );
}
