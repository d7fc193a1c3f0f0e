metadata description = 'Alerts on poisoned messages, on the age of shards and on failures.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Beginning of the alerts\' names.')
param namePrefix string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Address that alerts are sent to; empty for alerts that only stand in the portal.')
param alertEmail string

@description('Minutes that a shard may wait in its queue.')
@minValue(1)
param maxShardAgeMinutes int

@description('Failed invocations in a quarter of an hour that are too many. Some are normal: each is tried five times.')
@minValue(1)
param maxFailures int

var alerts = [
  {
    name: 'poison'
    severity: 1
    description: 'A message failed too often and its shard or source was given up. `simcse jobs` shows the error, `simcse jobs retry` takes it up again.'
    query: 'AppRequests | where Name in ("RecordPlanPoison", "RecordShardPoison")'
    threshold: 0
  }
  {
    name: 'shard-age'
    severity: 2
    description: 'A shard waited for more than ${maxShardAgeMinutes} minutes before it was taken up: more instances are needed. An app that takes up none shows in the depth of its queues.'
    query: 'AppMetrics | where Name == "simcse.queue.age" and Max > ${maxShardAgeMinutes * 60}'
    threshold: 0
  }
  {
    name: 'failures'
    severity: 2
    description: 'More than ${maxFailures} invocations failed in 15 minutes; what a client did wrong (4xx) is not counted.'
    query: 'AppRequests | where Success == false and not(toint(ResultCode) between (400 .. 499))'
    threshold: maxFailures
  }
]

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: '${namePrefix}-mail'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'simcse'
    emailReceivers: [{ name: 'operator', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${namePrefix}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${namePrefix}: ${alert.name}'
      description: alert.description
      enabled: true
      severity: alert.severity
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      // A new workspace does not have the tables yet.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmail) ? [] : [mail.id] }
    }
  }
]
