"""A function for each unary method.

Generated from Protocol/kod.proto by `python3 -m kod_client.generate`: do not edit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from . import messages as m
from .wire import Message


class Methods(ABC):
    """Every unary method by name, its request's fields as arguments. `timeout` is in seconds."""

    @abstractmethod
    def call(
        self, method: m.Method, request: Message, *, timeout: float | None = None,
        repeat: bool = False,
    ) -> Message:
        """Makes a call and waits for its answer. Throws `CallFailed` or `OutcomeUnknown`."""

    def register(
        self,
        kind: m.AssisterKind = m.AssisterKind.ASSISTER_KIND_UNSPECIFIED,
        *,
        languages: list[str] | None = None,
        counties: list[int] | None = None,
        accept_terms: bool = False,
        contact: m.PreferredContact | None = None,
        availability: m.Availability | None = None,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Profile:
        """Assisters/Register"""
        request = m.RegisterRequest(
            kind=kind,
            languages=languages or [],
            counties=counties or [],
            accept_terms=accept_terms,
            contact=contact,
            availability=availability,
        )
        answer = self.call(m.METHODS["Assisters/Register"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Profile)
        return answer

    def set_availability(
        self,
        override: m.AvailabilityOverride = m.AvailabilityOverride.AVAILABILITY_OVERRIDE_UNSPECIFIED,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Assisters/SetAvailability"""
        request = m.SetAvailabilityRequest(override=override)
        answer = self.call(m.METHODS["Assisters/SetAvailability"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def get_standing(
        self,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Standing:
        """Assisters/GetStanding"""
        request = m.GetStandingRequest()
        answer = self.call(m.METHODS["Assisters/GetStanding"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Standing)
        return answer

    def accept_offer(
        self,
        offer_id: int = 0,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Assignment:
        """The first valid accept wins (R8). The winner may repeat the call and gets the same answer (R28)."""
        request = m.AcceptOfferRequest(offer_id=offer_id)
        answer = self.call(m.METHODS["Assisters/AcceptOffer"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Assignment)
        return answer

    def reject_offer(
        self,
        offer_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.OfferClosed:
        """Assisters/RejectOffer"""
        request = m.RejectOfferRequest(offer_id=offer_id, reason=reason)
        answer = self.call(m.METHODS["Assisters/RejectOffer"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.OfferClosed)
        return answer

    def close_referral(
        self,
        referral_id: int = 0,
        *,
        outcome: m.Outcome = m.Outcome.OUTCOME_UNSPECIFIED,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.CloseReferralResponse:
        """Assisters/CloseReferral"""
        request = m.CloseReferralRequest(referral_id=referral_id, outcome=outcome)
        answer = self.call(m.METHODS["Assisters/CloseReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.CloseReferralResponse)
        return answer

    def withdraw_registration(
        self,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Profile:
        """Ends the caller's own registration (R30). Open offers are withdrawn, accepted work stays."""
        request = m.WithdrawRegistrationRequest()
        answer = self.call(m.METHODS["Assisters/WithdrawRegistration"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Profile)
        return answer

    def log_attempt(
        self,
        referral_id: int = 0,
        *,
        result: m.AttemptResult = m.AttemptResult.ATTEMPT_RESULT_UNSPECIFIED,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Assignment:
        """The holder called the Resident, or tried to (R13, R14)."""
        request = m.LogAttemptRequest(referral_id=referral_id, result=result)
        answer = self.call(m.METHODS["Assisters/LogAttempt"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Assignment)
        return answer

    def release_referral(
        self,
        referral_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ReferralRecord:
        """The holder gives accepted work back (R16)."""
        request = m.ReleaseReferralRequest(referral_id=referral_id, reason=reason)
        answer = self.call(m.METHODS["Assisters/ReleaseReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ReferralRecord)
        return answer

    def save_note(
        self,
        referral_id: int = 0,
        *,
        note: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ReferralRecord:
        """The caller's own note on a referral it was offered (R71). Empty: no note any more."""
        request = m.SaveNoteRequest(referral_id=referral_id, note=note)
        answer = self.call(m.METHODS["Assisters/SaveNote"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ReferralRecord)
        return answer

    def save_contact(
        self,
        contact: m.PreferredContact | None = None,
        *,
        languages: list[str] | None = None,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Profile:
        """Preferred Contact (R73)."""
        request = m.SaveContactRequest(contact=contact, languages=languages or [])
        answer = self.call(m.METHODS["Assisters/SaveContact"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Profile)
        return answer

    def save_availability(
        self,
        availability: m.Availability | None = None,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Profile:
        """My Availability (R74): hours, breaks, zone, out of office. `SetAvailability` is the switch."""
        request = m.SaveAvailabilityRequest(availability=availability)
        answer = self.call(m.METHODS["Assisters/SaveAvailability"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Profile)
        return answer

    def get_profile(
        self,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Profile:
        """Assisters/GetProfile"""
        request = m.GetProfileRequest()
        answer = self.call(m.METHODS["Assisters/GetProfile"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Profile)
        return answer

    def get_updates(
        self,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Updates:
        """Quick Updates (R70)."""
        request = m.GetUpdatesRequest()
        answer = self.call(m.METHODS["Assisters/GetUpdates"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Updates)
        return answer

    def list_referrals(
        self,
        states: list[m.OfferState] | None = None,
        *,
        kind: m.OfferKind = m.OfferKind.OFFER_KIND_UNSPECIFIED,
        from_us: int = 0,
        to_us: int = 0,
        help_type: m.HelpType = m.HelpType.HELP_TYPE_UNSPECIFIED,
        county: int = 0,
        note_contains: str = "",
        only_held: bool = False,
        page_size: int = 0,
        page_token: str = "",
        outcomes: list[m.Outcome] | None = None,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ListReferralsResponse:
        """Referral Manager (R71): everything the caller was ever offered or given, newest first."""
        request = m.ListReferralsRequest(
            states=states or [],
            kind=kind,
            from_us=from_us,
            to_us=to_us,
            help_type=help_type,
            county=county,
            note_contains=note_contains,
            only_held=only_held,
            page_size=page_size,
            page_token=page_token,
            outcomes=outcomes or [],
        )
        answer = self.call(m.METHODS["Assisters/ListReferrals"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ListReferralsResponse)
        return answer

    def get_referral_record(
        self,
        referral_id: int = 0,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ReferralRecord:
        """One referral with all that happened between it and the caller."""
        request = m.GetReferralRecordRequest(referral_id=referral_id)
        answer = self.call(m.METHODS["Assisters/GetReferralRecord"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ReferralRecord)
        return answer

    def get_metrics(
        self,
        from_us: int = 0,
        *,
        to_us: int = 0,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Metrics:
        """View Metrics (R72), the caller's own."""
        request = m.GetMetricsRequest(from_us=from_us, to_us=to_us)
        answer = self.call(m.METHODS["Assisters/GetMetrics"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Metrics)
        return answer

    def explain_referral(
        self,
        referral_id: int = 0,
        *,
        assister: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Explanation:
        """Why a referral was offered to an assister, or why not (R37). Assisters ask about themselves."""
        request = m.ExplainReferralRequest(referral_id=referral_id, assister=assister)
        answer = self.call(m.METHODS["Assisters/ExplainReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Explanation)
        return answer

    def submit_referral(
        self,
        idempotency_key: bytes = b"",
        *,
        partner_reference: str = "",
        help_type: m.HelpType = m.HelpType.HELP_TYPE_UNSPECIFIED,
        language: str = "",
        county: int = 0,
        contact: m.Contact | None = None,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Intake/SubmitReferral"""
        request = m.SubmitReferralRequest(
            idempotency_key=idempotency_key,
            partner_reference=partner_reference,
            help_type=help_type,
            language=language,
            county=county,
            contact=contact,
        )
        answer = self.call(m.METHODS["Intake/SubmitReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def get_referral(
        self,
        referral_id: int = 0,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Intake/GetReferral"""
        request = m.GetReferralRequest(referral_id=referral_id)
        answer = self.call(m.METHODS["Intake/GetReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def cancel_referral(
        self,
        referral_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Intake/CancelReferral"""
        request = m.CancelReferralRequest(referral_id=referral_id, reason=reason)
        answer = self.call(m.METHODS["Intake/CancelReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def list_submissions(
        self,
        only_open: bool = False,
        *,
        partner_reference: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ListSubmissionsResponse:
        """The caller's own referrals, newest first."""
        request = m.ListSubmissionsRequest(
            only_open=only_open,
            partner_reference=partner_reference,
            page_size=page_size,
            page_token=page_token,
        )
        answer = self.call(m.METHODS["Intake/ListSubmissions"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ListSubmissionsResponse)
        return answer

    def list_queue(
        self,
        filter: m.QueueFilter = m.QueueFilter.QUEUE_WAITING,
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ListQueueResponse:
        """The dead-end queue, overdue work, or anything open; oldest first."""
        request = m.ListQueueRequest(filter=filter, page_size=page_size, page_token=page_token)
        answer = self.call(m.METHODS["Desk/ListQueue"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ListQueueResponse)
        return answer

    def rerun_referral(
        self,
        referral_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Routes a waiting referral anew (R12)."""
        request = m.DeskRequest(referral_id=referral_id, reason=reason)
        answer = self.call(m.METHODS["Desk/RerunReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def assign_referral(
        self,
        referral_id: int = 0,
        *,
        assister: str = "",
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Gives a waiting referral to an assister by hand (R12): registered, allowed for the help type, not a
        former holder.
        """
        request = m.AssignReferralRequest(referral_id=referral_id, assister=assister, reason=reason)
        answer = self.call(m.METHODS["Desk/AssignReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def give_up_referral(
        self,
        referral_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Closes a waiting referral as UNSERVED (R12)."""
        request = m.DeskRequest(referral_id=referral_id, reason=reason)
        answer = self.call(m.METHODS["Desk/GiveUpReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def take_back_referral(
        self,
        referral_id: int = 0,
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.Referral:
        """Takes accepted work from its holder (R16)."""
        request = m.DeskRequest(referral_id=referral_id, reason=reason)
        answer = self.call(m.METHODS["Desk/TakeBackReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.Referral)
        return answer

    def pardon_assister(
        self,
        assister: str = "",
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Forgives the misses: the streak is 0, and who was de-registered is active again."""
        request = m.StaffRequest(assister=assister, reason=reason)
        answer = self.call(m.METHODS["Desk/PardonAssister"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def deregister_assister(
        self,
        assister: str = "",
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Desk/DeregisterAssister"""
        request = m.StaffRequest(assister=assister, reason=reason)
        answer = self.call(m.METHODS["Desk/DeregisterAssister"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def suspend_assister(
        self,
        assister: str = "",
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Desk/SuspendAssister"""
        request = m.StaffRequest(assister=assister, reason=reason)
        answer = self.call(m.METHODS["Desk/SuspendAssister"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def reinstate_assister(
        self,
        assister: str = "",
        *,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Ends a suspension (R30)."""
        request = m.StaffRequest(assister=assister, reason=reason)
        answer = self.call(m.METHODS["Desk/ReinstateAssister"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def list_assisters(
        self,
        registration: m.RegistrationState = m.RegistrationState.REGISTRATION_STATE_UNSPECIFIED,
        *,
        only_available: bool = False,
        name_contains: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ListAssistersResponse:
        """Desk/ListAssisters"""
        request = m.ListAssistersRequest(
            registration=registration,
            only_available=only_available,
            name_contains=name_contains,
            page_size=page_size,
            page_token=page_token,
        )
        answer = self.call(m.METHODS["Desk/ListAssisters"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ListAssistersResponse)
        return answer

    def get_program_metrics(
        self,
        from_us: int = 0,
        *,
        to_us: int = 0,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ProgramMetrics:
        """View Metrics for the program (R72)."""
        request = m.GetMetricsRequest(from_us=from_us, to_us=to_us)
        answer = self.call(m.METHODS["Desk/GetProgramMetrics"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ProgramMetrics)
        return answer

    def get_policy(
        self,
        version: int = 0,
        *,
        preset: m.Preset = m.Preset.PRESET_UNSPECIFIED,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.PolicyVersion:
        """Desk/GetPolicy"""
        request = m.GetPolicyRequest(version=version, preset=preset)
        answer = self.call(m.METHODS["Desk/GetPolicy"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.PolicyVersion)
        return answer

    def set_policy(
        self,
        preset: m.Preset = m.Preset.PRESET_UNSPECIFIED,
        *,
        policy: m.Policy | None = None,
        expected_version: int = 0,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.PolicyVersion:
        """The next version of the policy (R60). Referrals keep the version they started under."""
        request = m.SetPolicyRequest(
            preset=preset,
            policy=policy,
            expected_version=expected_version,
            reason=reason,
        )
        answer = self.call(m.METHODS["Desk/SetPolicy"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.PolicyVersion)
        return answer

    def set_credential_date(
        self,
        assister: str = "",
        *,
        until_us: int = 0,
        reason: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AssisterStatus:
        """Until when the assister's license or certificate is valid (R30, R32). A later date ends a suspension
        that the old date brought.
        """
        request = m.SetCredentialDateRequest(assister=assister, until_us=until_us, reason=reason)
        answer = self.call(m.METHODS["Desk/SetCredentialDate"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AssisterStatus)
        return answer

    def inspect_referral(
        self,
        referral_id: int = 0,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ReferralRecord:
        """One referral with every offer and everything done by hand."""
        request = m.GetReferralRecordRequest(referral_id=referral_id)
        answer = self.call(m.METHODS["Desk/InspectReferral"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ReferralRecord)
        return answer

    def acknowledge_notice(
        self,
        notice_id: int = 0,
        *,
        state: m.NoticeState = m.NoticeState.NOTICE_STATE_UNSPECIFIED,
        detail: str = "",
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.AcknowledgeNoticeResponse:
        """Sent may be followed by delivered or failed; delivered and failed are final. Repeating it changes
        nothing.
        """
        request = m.AcknowledgeNoticeRequest(notice_id=notice_id, state=state, detail=detail)
        answer = self.call(m.METHODS["Notices/AcknowledgeNotice"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.AcknowledgeNoticeResponse)
        return answer

    def renew_credential(
        self,
        lifetime_ms: int = 0,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.RenewedCredential:
        """Makes another token for the caller's principal. The one that the session began with stays valid until
        its own end.
        """
        request = m.RenewCredentialRequest(lifetime_ms=lifetime_ms)
        answer = self.call(m.METHODS["Credentials/RenewCredential"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.RenewedCredential)
        return answer

    def refresh_session(
        self,
        token: str = "",
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.SessionCredential:
        """Puts the session under another token of the same principal. Calls and streams go on."""
        request = m.RefreshSessionRequest(token=token)
        answer = self.call(m.METHODS["Credentials/RefreshSession"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.SessionCredential)
        return answer

    def get_server_status(
        self,
        *,
        timeout: float | None = None,
        repeat: bool = False,
    ) -> m.ServerStatus:
        """Operations/GetServerStatus"""
        request = m.GetServerStatusRequest()
        answer = self.call(m.METHODS["Operations/GetServerStatus"], request,
                           timeout=timeout, repeat=repeat)
        assert isinstance(answer, m.ServerStatus)
        return answer
