import { Alert, Menu, Modal } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer";
import { levelActs, reallyActs, type Made } from "./levelActs";
import { RenamePlanView } from "./RenamePlan";
import { RenumberControl } from "./RenumberControl";
import type { PageState } from "./useViewerState";

/** Where a level's menu was asked for, in CSS pixels of the window. */
export interface MenuPlace {
  readonly label: number;
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly place: MenuPlace | null;
  readonly onClose: () => void;
}

/** What can be done with a vertebra, where the mouse is. A change of names is shown before it is made. */
export function LevelMenu({ viewer, state, place, onClose }: Props) {
  const [made, setMade] = useState<Made | null>(null);
  const [renaming, setRenaming] = useState(false);
  const label = place?.label ?? 0;
  const present = state.levels.map((level) => level.label);
  const acts = state.canEdit ? levelActs(present, label) : [];
  const hasNames = acts.length > 0;
  return (
    <>
      <Menu opened={place !== null} onChange={(opened) => !opened && onClose()} position="right-start" withinPortal>
        <Menu.Target>
          <span aria-hidden style={{ position: "fixed", left: place?.x ?? 0, top: place?.y ?? 0 }} />
        </Menu.Target>
        <Menu.Dropdown
          aria-label={t("What can be done with {{label}}", { label: nameOf(label) })}
          data-testid="level-menu"
        >
          <Menu.Label>{nameOf(label)}</Menu.Label>
          <LookItems viewer={viewer} state={state} label={label} />
          {state.canEdit && <Menu.Divider />}
          {acts.map((act) => (
            <Menu.Item key={act.id} onClick={() => setMade(act.made)} data-testid={`menu-${act.id}`}>
              {act.text}
            </Menu.Item>
          ))}
          {hasNames && <ReallyItems present={present} label={label} onMade={setMade} />}
          {hasNames && (
            <Menu.Item onClick={() => setRenaming(true)} data-testid="menu-rename">
              {t("Another name, insert, swap")}
            </Menu.Item>
          )}
          {hasNames && (
            <Menu.Item onClick={() => viewer.hand.setTool("split")} data-testid="menu-split">
              {t("Split with a line")}
            </Menu.Item>
          )}
          {state.canEdit && <LockItem viewer={viewer} state={state} label={label} />}
        </Menu.Dropdown>
      </Menu>
      <PlanDialog viewer={viewer} state={state} made={made} onDone={() => setMade(null)} />
      <Modal opened={renaming} onClose={() => setRenaming(false)} title={t("Names of levels")} size="sm">
        <RenumberControl viewer={viewer} state={state} />
      </Modal>
    </>
  );
}

interface ReallyProps {
  readonly present: readonly number[];
  readonly label: number;
  readonly onMade: (made: Made) => void;
}

/** The right name by one choice, however far off it is: all other names move with it. */
function ReallyItems({ present, label, onMade }: ReallyProps) {
  return (
    <Menu.Sub>
      <Menu.Sub.Target>
        <Menu.Sub.Item data-testid="menu-really">{t("It is really …, all names move with it")}</Menu.Sub.Item>
      </Menu.Sub.Target>
      <Menu.Sub.Dropdown mah="60vh" style={{ overflowY: "auto" }}>
        {reallyActs(present, label).map(({ to, text, made }) => (
          <Menu.Item key={to} onClick={() => onMade(made)} data-testid={`menu-really-${text}`}>
            {text}
          </Menu.Item>
        ))}
      </Menu.Sub.Dropdown>
    </Menu.Sub>
  );
}

interface PlanProps {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly made: Made | null;
  readonly onDone: () => void;
}

function PlanDialog({ viewer, state, made, onDone }: PlanProps) {
  return (
    <Modal opened={made !== null} onClose={onDone} title={t("These names would change")} size="sm">
      {made && "problem" in made && (
        <Alert color="amber" data-testid="rename-problem">
          {made.problem}
        </Alert>
      )}
      {made && "moves" in made && <RenamePlanView viewer={viewer} state={state} plan={made} onDone={onDone} />}
    </Modal>
  );
}

interface ItemProps {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly label: number;
}

function LookItems({ viewer, state, label }: ItemProps) {
  const hidden = state.hidden.has(label);
  const others = state.levels.map((level) => level.label).filter((other) => other !== label);
  const alone = !hidden && others.length > 0 && others.every((other) => state.hidden.has(other));
  const showAlone = (): void => {
    viewer.setLabelVisible(label, true);
    for (const other of others) viewer.setLabelVisible(other, alone);
  };
  return (
    <>
      <Menu.Item onClick={() => viewer.zoomToLevel(label)} data-testid="menu-zoom">
        {t("Zoom to it")}
      </Menu.Item>
      <Menu.Item onClick={() => viewer.setLabelVisible(label, hidden)} data-testid="menu-hide">
        {hidden ? t("Show its mask") : t("Hide its mask")}
      </Menu.Item>
      <Menu.Item onClick={showAlone} data-testid="menu-alone">
        {alone ? t("Show all masks") : t("Show its mask alone")}
      </Menu.Item>
    </>
  );
}

function LockItem({ viewer, state, label }: ItemProps) {
  const locked = state.locks.get(label) === "locked";
  return (
    <Menu.Item onClick={() => viewer.setLock(label, locked ? "auto" : "locked")} data-testid="menu-lock">
      {locked ? t("Unlock") : t("Lock")}
    </Menu.Item>
  );
}
