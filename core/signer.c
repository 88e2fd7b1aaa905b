/* SPDX-License-Identifier: ISC */
#include "core/signer.h"
#include "core/signature.h"

#include <string.h>

static bool can_sign(const Pidc__V1__Principal *principal)
{
	for (size_t i = 0; i < principal->n_roles; i++)
		if (principal->roles[i] == PIDC__V1__ROLE__ROLE_MEMBER_HEAD ||
		    principal->roles[i] == PIDC__V1__ROLE__ROLE_MEMBER_OFFICER ||
		    principal->roles[i] == PIDC__V1__ROLE__ROLE_PARTNER_OFFICER)
			return true;
	return false;
}

int check_signer(const Pidc__Store__V1__PrincipalFacts *signer, const char *owner,
		 const char *field, struct refusal *refusal)
{
	if (signer == NULL || !signer->key_bound ||
	    signer->key_state != PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, field,
			      "the key that signed is not bound");
	if (strcmp(signer->key_org, owner) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, field,
			      "the key that signed is not the owner's");
	if (signer->principal == NULL || strcmp(signer->principal->org, owner) != 0 ||
	    strcmp(signer->principal->principal_id, signer->key_principal_id) != 0 ||
	    !can_sign(signer->principal))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, field,
			      "who signed may not decide for the owner");
	return 0;
}

int check_approval(const Pidc__V1__SignedStatement *signed_statement, Pidc__V1__Signature *approval,
		   const Pidc__Store__V1__PrincipalFacts *signer,
		   const Pidc__Store__V1__PrincipalFacts *approver, const char *owner,
		   struct refusal *refusal)
{
	Pidc__V1__SignedStatement second = *signed_statement;
	struct pidc_error err = {0};
	uint8_t spki[SHA256_LEN];
	int rc;

	second.signature = approval;
	rc = statement_verify(&second, spki, &err);
	if (rc == PIDC_ENOMEM)
		return rc;
	if (rc < 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "approval", "%.150s",
			      err.msg);
	rc = check_signer(approver, owner, "approval", refusal);
	if (rc < 0)
		return rc;
	if (strcmp(approver->principal->principal_id, signer->principal->principal_id) == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_SOD, "approval",
			      "SD-6: author and approver are two persons");
	return 0;
}
