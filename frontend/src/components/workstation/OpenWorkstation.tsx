import { Alert } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { t } from "@/i18n";
import { assignments, type Finding } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { gradableOf, missingGradings } from "@/domain/grading";
import { sortLabels } from "@/domain/labels";
import { decodeMask } from "@/domain/vbd1";
import { useProjectSocket } from "@/state/projectSocket";
import { useOwnWindows } from "@/state/ownWindows";
import { useWorkstationPreferences, type Layout } from "@/state/workstationPreferences";
import type { Viewer } from "@/viewer";
import { Banners } from "./Banners";
import type { CompareSource } from "./ComparePane";
import { DropMask, NumbersDialog, ReturnedChanges } from "./DesktopPanel";
import { Header } from "./Header";
import { EngineNames } from "./EngineNames";
import { NamingBanner } from "./NamingBanner";
import { openingLayout } from "./layouts";
import { KeysDialog } from "./KeysDialog";
import { Planes } from "./Planes";
import { PreviewBar } from "./PreviewBar";
import { RaterPanes } from "./RaterPanes";
import { Recovering } from "./Recovering";
import { Refused } from "./Refused";
import type { SideTab } from "./SidePanel";
import { withReopened } from "./secondRound";
import { cameBackToRater, SideContent } from "./SideContent";
import { StatusBar } from "./StatusBar";
import { SubmitDialog } from "./SubmitDialog";
import { ToolRail } from "./ToolRail";
import { useTour, WatchingTour } from "./Tour";
import { useAdjudication } from "./useAdjudication";
import { panesOf, useComparing } from "./useComparing";
import { useDeciding } from "./useDeciding";
import { useDoubt } from "./useDoubt";
import { useEditSync } from "./useEditSync";
import { useExpert, useSecondRound } from "./useExpert";
import { useFindings } from "./useFindings";
import { useGradings } from "./useGradings";
import { useHandIn } from "./useHandIn";
import { useHotkeys } from "./useHotkeys";
import { useLargePicture } from "./useLargePicture";
import { useNamingQuestion } from "./useNamingQuestion";
import { useOutboxStatus } from "./useOutbox";
import { usePlaces } from "./usePlaces";
import { useRefinement } from "./useRefinement";
import { useReturnedMask } from "./useReturnedMask";
import { useRulers } from "./useRulers";
import { useSeenLevels } from "./useSeenLevels";
import { useSubmitNext } from "./useSubmitNext";
import { neverInView, undecidedLabels } from "./undecided";
import { useViewerStateOrNull } from "./useViewerState";
import { useKeptDisplay, useViewerWiring } from "./useViewerWiring";
import { useWorkstationKeys, type PaintGate } from "./useWorkstationKeys";
import type { OpenedWork } from "./useWorkstationSession";
import { VertebraList } from "./VertebraList";
import { VertebraStrip } from "./VertebraStrip";
import { RulesDrawer } from "@/components/guidelines/RulesDrawer";
import type { Vec3 } from "@/domain/geometry";
import viewing from "./viewing.module.css";
import type { WorkstationProps } from "./workstationProps";
import styles from "./workstation.module.css";

interface Props extends WorkstationProps {
  readonly work: OpenedWork;
  readonly onReload: () => void;
}

/** Bone without metal and cement. */
const START_GATE: PaintGate = { kind: "range", range: { min: 150, max: 2000 } };

/** The voxel under the crosshair. */
function voxelAt([i, j, k]: Vec3): [number, number, number] {
  return [Math.round(i), Math.round(j), Math.round(k)];
}

function firstTab({ detail }: OpenedWork): SideTab {
  if (cameBackToRater(detail)) return "returned";
  switch (detail.kind) {
    case "adjudicate":
      return "items";
    case "review":
      return "review";
    case "grade":
      return "grade";
    case "correct":
      return "edit";
  }
}

function firstLabel({ detail, mask }: OpenedWork, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted;
  const item = detail.adjudication?.items.find((entry) => !entry.decision)?.label;
  if (item !== undefined) return item;
  return sortLabels(new Set([...detail.gradable, ...mask.summary.labels()]))[0] ?? 0;
}

/** Masks that this work may be compared with, beside the one in work. */
function compareSourcesOf({ detail, index }: OpenedWork): CompareSource[] {
  return (detail.adjudication?.sources ?? []).map(({ key, title }) => ({
    key,
    title,
    load: async () => decodeMask((await assignments.sourceMask(detail.id, key)).payload, index.shape),
  }));
}

export function OpenWorkstation({ work, assignmentId, startLabel, startVoxel, onReload, onFinished }: Props) {
  const { detail, outbox, steps } = work;
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const preferences = useWorkstationPreferences();
  const ownWindows = useOwnWindows(preferences.first.windows, (windows) => preferences.keep({ windows }));
  const [layout, setLayout] = useState<Layout>(() =>
    openingLayout(preferences.first.layout, detail.volume.shape, detail.volume.spacing_mm),
  );
  const [strip, setStrip] = useState(preferences.first.strip);
  const compareSources = useMemo(() => compareSourcesOf(work), [work]);
  const [tab, setTab] = useState<SideTab>(() => firstTab(work));
  const [gate, setGate] = useState<PaintGate>(START_GATE);
  const [submitting, setSubmitting] = useState(false);
  const [help, setHelp] = useState(false);
  const [rules, setRules] = useState(false);
  const [overPanes, setOverPanes] = useState<HTMLElement | null>(null);
  const picture = useLargePicture(overPanes);
  const hotkeys = useHotkeys();
  const tour = useTour(detail.state === "open" || detail.state === "returned");
  const first = useMemo(() => firstLabel(work, startLabel), [work, startLabel]);

  useProjectSocket(detail.project.slug);
  const { sync } = useEditSync(work, viewer);
  const { status, maskStatus } = useOutboxStatus(outbox);
  const isWorking = detail.state === "open" || detail.state === "returned";
  const expert = useExpert(detail, outbox, status, isWorking);
  const round = useSecondRound(detail, status);
  const decided = useAdjudication(detail, viewer, sync, outbox);
  const adjudication = useMemo(() => ({ ...decided, items: withReopened(decided.items, round) }), [decided, round]);
  // After a conflict, or when the work is closed, what is painted could not be saved any more.
  const canEdit =
    detail.can_edit &&
    sync !== null &&
    maskStatus.kind !== "conflict" &&
    maskStatus.kind !== "closed" &&
    !adjudication.maskWaits;
  useViewerWiring(viewer, canEdit, first, startVoxel);
  useKeptDisplay(viewer, preferences);

  useRefinement(assignmentId, viewer, sync);
  const returned = useReturnedMask(assignmentId, viewer, canEdit ? sync : null);
  const gradings = useGradings(outbox, detail.needs_grades);
  const findings = useFindings(assignmentId, maskStatus, viewer);
  const doubt = useDoubt(detail, viewer);
  const state = useViewerStateOrNull(viewer);
  const active = state?.activeLabel ?? first;
  const comparing = useComparing(detail, viewer, adjudication.naming, doubt.heat, active);
  const isPlaced = startLabel !== undefined || startVoxel !== undefined;
  const deciding = useDeciding(detail, viewer, adjudication, comparing, isPlaced);
  const finished = useCallback(
    (next: boolean) => {
      void steps?.forget();
      onFinished({ training: detail.training, nextIn: next ? detail.project.slug : null });
    },
    [onFinished, detail, steps],
  );
  const places = usePlaces(outbox, viewer, isWorking, { status: maskStatus, isShown: tab === "checks" });
  const rulers = useRulers(outbox, viewer, isWorking);
  const seen = useSeenLevels(assignmentId, viewer);
  const handIn = useHandIn(outbox, work.userId, sync, seen, isWorking, finished);

  const present = state?.levels.map((level) => level.label) ?? [];
  const naming = useNamingQuestion(detail, outbox, present, adjudication.naming?.chosen?.join() ?? "");
  const gradable = detail.kind === "correct" ? gradableOf(present) : detail.gradable;
  const graded = useMemo(() => new Set(detail.needs_grades ? gradable : []), [detail.needs_grades, gradable]);
  const grades = {
    gradable: graded,
    byLabel: gradings.byLabel,
    schema: detail.grading_schema,
    unsaved: gradings.unsaved,
  };
  const labels = sortLabels(
    new Set([
      ...present,
      ...gradable,
      ...adjudication.items.map((item) => item.label),
      ...(active > 0 ? [active] : []),
    ]),
  );
  const missing = detail.needs_grades ? missingGradings(gradable, gradings.byLabel, detail.grading_schema) : [];
  const undecided = undecidedLabels(adjudication.items);

  const walk = (step: 1 | -1): void => {
    const at = labels.indexOf(active);
    const next = labels[Math.min(labels.length - 1, Math.max(0, at + step))];
    if (next !== undefined) deciding.goTo(next);
  };
  const goTo = (label: number): void => {
    setSubmitting(false);
    if (detail.needs_grades && !undecided.includes(label)) setTab("grade");
    deciding.goTo(label);
  };
  /** Grading begins at a vertebra that has a grade: with a neck in hand the first is T1. */
  const openTab = (next: SideTab): void => {
    const first = sortLabels(graded)[0];
    if (next === "grade" && first !== undefined && !graded.has(active)) deciding.goTo(first);
    setTab(next);
  };
  const goToFinding = (finding: Finding): void => {
    setSubmitting(false);
    setTab("checks");
    if (finding.label !== null) viewer?.goToLevel(finding.label);
    if (finding.voxel) viewer?.centreOn(finding.voxel);
  };
  useWorkstationKeys(
    viewer && {
      viewer,
      gate,
      keys: hotkeys.changes,
      ownWindows: ownWindows.list,
      rulers: isWorking ? rulers : null,
      grading:
        tab === "grade" && isWorking
          ? {
              change: gradings.change,
              normalRest: () => {
                const open = missing.filter((entry) => entry.missing.includes("grade")).map((entry) => entry.label);
                if (open.length > 0) gradings.normalRest(open);
              },
              enlarge: picture.toggle,
              canGrade: (label) => missingGradings([label], new Map()).length > 0 && graded.has(label),
            }
          : null,
      walk,
      decide: tab === "items" ? (key) => deciding.byKey(key, active) : null,
      spot: (step) => comparing.goToSpot(Math.max(comparing.spot, step > 0 ? -1 : 0) + step),
      place: (step) => {
        setTab("checks");
        places.walk(step);
      },
      looking: expert && {
        tick: () => expert.tick(active),
        next: () => expert.next(active, deciding.goTo),
        done: () => expert.done({ labels, undecided, active }, deciding.goTo),
      },
      toggleMode: () => openTab(tab === "grade" || !detail.needs_grades ? "edit" : "grade"),
      showHelp: () => setHelp(true),
      toggleRules: () => setRules(!rules),
    },
  );
  const canSubmit = isWorking && detail.kind !== "review";
  const offersNext = !detail.training;
  const stillOpen = {
    missing,
    undecided,
    namesOpen: naming.isOpen,
    unticked: expert?.unticked ?? [],
    findings: findings.data,
    checking: findings.behind || findings.isFetching,
    unsavedGradings: gradings.unsaved.size,
  };
  const unseen = (): number[] => neverInView(expert?.unticked ?? present, seen.read());
  const { handingIn, submitNext } = useSubmitNext(
    assignmentId,
    handIn,
    () => ({ ...stillOpen, neverInView: unseen() }),
    () => setSubmitting(true),
  );
  const fail = useCallback((error: unknown) => setFailure(error), []);

  return (
    <div className={styles["shell"]} id="workstation">
      <Header
        detail={detail}
        status={status}
        layout={layout}
        onLayout={(next) => {
          setLayout(next);
          preferences.keep({ layout: next });
        }}
        onRetry={() => outbox.retryNow()}
        onReload={onReload}
        onTell={isWorking ? handIn.tell : null}
        onRules={() => setRules(!rules)}
        handingIn={handingIn}
        onSubmit={canSubmit ? () => setSubmitting(true) : null}
        onSubmitNext={canSubmit && offersNext ? submitNext : null}
      />
      <RulesDrawer
        opened={rules}
        onClose={() => setRules(false)}
        slug={detail.project.slug}
        assignmentId={assignmentId}
        place={() => ({ label: active === 0 ? null : active, voxel: viewer && voxelAt(viewer.getState().crosshair) })}
      />
      <div>
        {viewer && state && (
          <WatchingTour tour={tour} kind={detail.kind} canEdit={detail.can_edit} {...{ viewer, state, tab }} />
        )}
        <Banners detail={detail} status={status} />
        <NamingBanner
          doubt={naming}
          canEdit={detail.can_edit}
          isWorking={isWorking}
          inDispute={adjudication.naming !== null && adjudication.naming.chosen === null}
          basis={
            detail.engine_names && viewer && state && <EngineNames told={detail.engine_names} {...{ viewer, state }} />
          }
        />
        <Refused outbox={outbox} />
        {adjudication.maskWaits && status.kind !== "saving" && (
          <Alert color="amber" m="sm" data-testid="mask-waits">
            {t(
              "Your decision is kept in this browser. Painting goes on when the server has changed the mask accordingly.",
            )}
          </Alert>
        )}
        {failure !== null && (
          <Alert color="red" title={t("The pictures could not be shown")} m="sm">
            {messageOf(failure)}
          </Alert>
        )}
      </div>
      <main className={styles["body"]}>
        {viewer && state ? (
          <ToolRail {...{ viewer, state }} rulers={isWorking} keys={hotkeys.changes} onHelp={() => setHelp(true)} />
        ) : (
          <div className={styles["rail"]} />
        )}
        {viewer && state ? <VertebraList {...{ viewer, state, labels, grades }} /> : <div className={styles["list"]} />}
        <div className={viewing["centre"]} data-tour="pictures">
          {viewer && comparing.sideBySide && (
            <RaterPanes viewer={viewer} panes={panesOf(comparing)} onClose={comparing.toggleSideBySide} />
          )}
          <Planes
            {...{ layout, compareSources, viewer }}
            surfacesUrl={assignments.surfacesUrl(assignmentId)}
            index={work.index}
            mask={work.mask}
            canEdit={detail.can_edit}
            activeLabel={first}
            startVoxel={startVoxel}
            status={detail.can_edit ? maskStatus : null}
            onViewer={setViewer}
            onFailure={fail}
          />
          <div ref={setOverPanes} className={viewing["overPanes"]} />
          {viewer && state && (
            <PreviewBar
              viewer={viewer}
              state={state}
              detail={returned.shown && <ReturnedChanges shown={returned.shown} spacingMm={detail.volume.spacing_mm} />}
            />
          )}
          {viewer && state && (
            <VertebraStrip
              {...{ viewer, state, labels, grades }}
              looked={expert?.marks ?? null}
              open={strip}
              onOpen={(open) => {
                setStrip(open);
                preferences.keep({ strip: open });
              }}
            />
          )}
        </div>
        {viewer && state ? (
          <SideContent
            {...{
              detail,
              viewer,
              state,
              tab,
              gate,
              gradings,
              picture,
              findings,
              places,
              adjudication,
              comparing,
              deciding,
              expert,
              round,
              doubt,
              ownWindows,
              rulers,
              handIn,
              seen,
              missing,
              undecided,
              isWorking,
            }}
            gradable={[...graded]}
            onReturned={returned.take}
            onTab={openTab}
            onGate={setGate}
            onWalk={walk}
          />
        ) : (
          <div className={styles["side"]} />
        )}
      </main>
      {viewer ? (
        <StatusBar viewer={viewer} />
      ) : (
        <footer className={styles["status"]}>{t("Loading the first picture")}</footer>
      )}
      {viewer && <Recovering work={work} viewer={viewer} sync={sync} />}
      <DropMask take={returned.take} />
      <NumbersDialog question={returned.question} />
      <KeysDialog opened={help} hotkeys={hotkeys} onTour={() => tour.go(0)} onClose={() => setHelp(false)} />
      <SubmitDialog
        assignmentId={assignmentId}
        opened={submitting}
        offersNext={offersNext}
        {...stillOpen}
        neverInView={submitting ? unseen() : []}
        onGoToFinding={goToFinding}
        onClose={() => setSubmitting(false)}
        onGo={goTo}
        onSubmit={handIn.submit}
      />
    </div>
  );
}
