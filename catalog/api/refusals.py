"""How a refusal to publish is answered: with all that was found, not only the first of it."""

from typing import TYPE_CHECKING

from rest_framework.response import Response

from catalog.services.selling.findings import Finding, NotPublishable

if TYPE_CHECKING:
    from rest_framework.views import APIView as _View
else:
    _View = object


class TellsFindings(_View):
    """Adds the findings to a 409, as `problems`: each with its field, its rule as the code, and the fix."""

    def handle_exception(self, exc: Exception) -> Response:
        """Answer as ever, and name every finding of a listing that can't be published."""
        answer = super().handle_exception(exc)
        if isinstance(exc, NotPublishable) and exc.findings:
            answer.data["error"]["problems"] = [_problem(finding) for finding in exc.findings]
        return answer


def _problem(finding: Finding) -> dict[str, str]:
    return {"field": finding.field, "code": finding.rule, "message": f"{finding.text} {finding.fix}".strip()}
