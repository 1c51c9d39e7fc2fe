import { Stack } from "@mantine/core";
import { t } from "@/i18n";
import type { AssignmentDetail, SecondRound } from "@/api/assignments";
import type { MissingGrading } from "@/domain/grading";
import type { OwnWindows } from "@/state/ownWindows";
import { threadsOf } from "@/state/threads";
import type { Viewer } from "@/viewer";
import { AdjudicatePanel } from "./AdjudicatePanel";
import { ComparePanel } from "./ComparePanel";
import { EditPanel } from "./EditPanel";
import { FindingsPanel } from "./FindingsPanel";
import { GradePanel } from "./GradePanel";
import { NamingPanel } from "./NamingPanel";
import { LookedControl } from "./LookedControl";
import { NotesPanel, useComments } from "./NotesPanel";
import { PlacesPanel } from "./PlacesPanel";
import { ReviewPanel } from "./ReviewPanel";
import { ReturnedPanel, SecondRoundCard } from "./SecondRoundCard";
import { openRows } from "./secondRound";
import { SidePanel, type SideEntry, type SideTab } from "./SidePanel";
import type { Adjudication } from "./useAdjudication";
import type { Comparing } from "./useComparing";
import type { Deciding } from "./useDeciding";
import type { Doubt } from "./useDoubt";
import { isExpertWork, type Expert } from "./useExpert";
import type { Findings } from "./useFindings";
import type { Gradings } from "./useGradings";
import type { HandIn } from "./useHandIn";
import type { LargePicture } from "./useLargePicture";
import type { Places } from "./usePlaces";
import type { ReturnedMasks } from "./useReturnedMask";
import { neverInView } from "./undecided";
import type { SeenLevels } from "./useSeenLevels";
import type { Rulers } from "./useRulers";
import type { PaintGate } from "./useWorkstationKeys";
import type { PageState } from "./useViewerState";

interface Props {
  readonly detail: AssignmentDetail;
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly tab: SideTab;
  readonly gate: PaintGate;
  readonly gradable: readonly number[];
  readonly gradings: Gradings;
  readonly picture: LargePicture;
  readonly findings: Findings;
  readonly places: Places;
  readonly adjudication: Adjudication;
  readonly comparing: Comparing;
  readonly deciding: Deciding;
  readonly expert: Expert | null;
  /** What was asked of work that came back. */
  readonly round: SecondRound | null;
  readonly doubt: Doubt;
  readonly ownWindows: OwnWindows;
  readonly rulers: Rulers;
  readonly handIn: HandIn;
  readonly seen: SeenLevels;
  readonly missing: readonly MissingGrading[];
  readonly undecided: readonly number[];
  readonly isWorking: boolean;
  readonly onReturned: ReturnedMasks["take"];
  readonly onTab: (tab: SideTab) => void;
  readonly onGate: (gate: PaintGate) => void;
  readonly onWalk: (step: 1 | -1) => void;
}

/** Work that came back to whoever drew or graded it; experts read of it where they decide. */
export function cameBackToRater(detail: Pick<AssignmentDetail, "kind" | "return_comment">): boolean {
  return !isExpertWork(detail.kind) && detail.return_comment !== "";
}

/** The panels that this kind of work needs, the first of them first. */
export function SideContent(props: Props) {
  const {
    detail,
    viewer,
    state,
    gradings,
    findings,
    places,
    adjudication,
    comparing,
    deciding,
    expert,
    round,
    handIn,
    missing,
    undecided,
    isWorking,
  } = props;
  const comments = useComments(detail.id);
  const open = threadsOf(comments.data ?? []).filter(({ first }) => !first.resolved).length;
  const entries: SideEntry[] = [];
  const way = expert && (
    <>
      {round && <SecondRoundCard round={round} activeLabel={state.activeLabel} ofExpert onGo={deciding.goTo} />}
      <LookedControl expert={expert} activeLabel={state.activeLabel} readOnly={!isWorking} onGo={deciding.goTo} />
    </>
  );
  if (cameBackToRater(detail)) {
    const content = (
      <ReturnedPanel words={detail.return_comment} round={round} activeLabel={state.activeLabel} onGo={deciding.goTo} />
    );
    const count = round === null || round.everything ? 0 : openRows(round).length;
    entries.push({ tab: "returned", title: t("Returned"), count, content });
  }
  if (detail.adjudication) {
    const { naming } = adjudication;
    const unnamed = naming !== null && naming.chosen === null ? 1 : 0;
    const [sx, sy, sz] = detail.volume.spacing_mm;
    const content = (
      <Stack gap="sm">
        {way}
        <ComparePanel comparing={comparing} activeLabel={state.activeLabel} voxelMm3={sx * sy * sz} />
        {naming && (
          <NamingPanel naming={naming} readOnly={!isWorking} busy={adjudication.busy} onSettle={adjudication.settle} />
        )}
        <AdjudicatePanel
          sources={detail.adjudication.sources}
          items={adjudication.items}
          activeLabel={state.activeLabel}
          readOnly={!isWorking}
          busy={adjudication.busy}
          onGo={deciding.goTo}
          reasonOf={deciding.reasonOf}
          onReason={deciding.writeReason}
          onChoose={adjudication.choose}
          onPreview={comparing.preview}
        />
      </Stack>
    );
    entries.push({ tab: "items", title: t("Decide"), count: undecided.length + unnamed, content });
  }
  if (detail.kind === "review") {
    const content = (
      <ReviewPanel
        way={way}
        assignmentId={detail.id}
        activeLabel={state.activeLabel}
        readOnly={!isWorking}
        busy={handIn.deciding}
        stillOpen={() => ({
          notes: open,
          warnings: findings.data?.length ?? null,
          unticked: expert?.unticked ?? null,
          neverInView: neverInView(expert?.unticked ?? state.levels.map(({ label }) => label), props.seen.read()),
        })}
        onGo={(label) => viewer.goToLevel(label)}
        onDecide={(accept, comment) => void handIn.decide(accept, comment)}
      />
    );
    entries.push({ tab: "review", title: t("Review"), content });
  }
  entries.push({
    tab: "edit",
    title: state.canEdit ? t("Edit") : t("View"),
    content: (
      <EditPanel
        assignmentId={detail.id}
        engineNames={detail.naming_question === null ? detail.engine_names : null}
        viewer={viewer}
        state={state}
        gate={props.gate}
        onGate={props.onGate}
        doubt={props.doubt}
        onReturned={props.onReturned}
        ownWindows={props.ownWindows}
        rulers={props.rulers}
      />
    ),
  });
  if (detail.needs_grades) {
    const answers = adjudication.items.find((item) => item.label === state.activeLabel)?.grades ?? [];
    const content = (
      <GradePanel
        schema={detail.grading_schema}
        viewer={viewer}
        label={state.activeLabel}
        gradable={props.gradable}
        gradings={gradings}
        picture={props.picture}
        readOnly={!isWorking}
        answers={answers}
        onWalk={props.onWalk}
      />
    );
    entries.push({ tab: "grade", title: t("Grade"), count: missing.length, content });
  }
  const unseen = places.list?.filter(({ looked }) => !looked).length ?? 0;
  const checks = (
    <Stack gap="lg">
      <PlacesPanel places={places} readOnly={!isWorking} />
      <FindingsPanel viewer={viewer} findings={findings} />
    </Stack>
  );
  entries.push({ tab: "checks", title: t("Checks"), count: (findings.data?.length ?? 0) + unseen, content: checks });
  entries.push({
    tab: "notes",
    title: t("Notes"),
    count: open,
    content: <NotesPanel assignmentId={detail.id} viewer={viewer} state={state} />,
  });
  return <SidePanel entries={entries} tab={props.tab} onTab={props.onTab} />;
}
