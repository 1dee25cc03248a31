// The frame and the CRD of each kind, defined beside its table; kinds.cc collects them.
#pragma once

#include "reconcilers/api/schema/kind.h"

namespace freehold::api {

const schema::KindFrame& ServiceDatabaseFrame();
const schema::KindFrame& DatabaseServerFrame();
const schema::KindFrame& DataPolicyFrame();
const schema::KindFrame& EventBusFrame();
const schema::KindFrame& ReportingWarehouseFrame();
const schema::KindFrame& CredentialIndexFrame();

base::Json ServiceDatabaseCrd();
base::Json DatabaseServerCrd();
base::Json DataPolicyCrd();
base::Json EventBusCrd();
base::Json ReportingWarehouseCrd();
base::Json CredentialIndexCrd();

}  // namespace freehold::api
