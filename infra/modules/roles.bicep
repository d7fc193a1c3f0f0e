metadata description = 'Who may do what: every role assignment of the deployment, each at the smallest scope that works.'

@description('Name of the storage account.')
param storageAccountName string

@description('Name of the container registry.')
param registryName string

@description('Name of Application Insights.')
param applicationInsightsName string

@description('Principal id of the app\'s identity.')
param appPrincipalId string

@description('Principal id of Event Grid\'s identity.')
param eventsPrincipalId string

@description('Object ids of the people or groups who submit sources, read embeddings and put models there; empty for none.')
param operatorPrincipalIds string[]

@description('What operatorPrincipalIds are.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

var names = loadJsonContent('../names.json')

var roleIds = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataMessageProcessor: '8a0f0c08-91a1-4084-bc3d-661d67233fed'
  storageQueueDataMessageSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  storageQueueDataReader: '19e7f393-937e-4f77-808e-94535e297925'
}

var queueNames = map(items(names.queues), queue => queue.value)
var allQueueNames = concat(queueNames, map(queueNames, queue => '${queue}${names.poisonSuffix}'))

// To be told of messages, to take them, and to send: shards, and what failed too often to a poison queue. Not to create or delete a queue.
var queueRoleIds = [
  roleIds.storageQueueDataReader
  roleIds.storageQueueDataMessageProcessor
  roleIds.storageQueueDataMessageSender
]
var appQueueRoles = flatten(map(allQueueNames, queue => map(queueRoleIds, role => { queue: queue, role: role })))
var operatorContainerRoles = flatten(map(
  operatorPrincipalIds,
  principal => map(items(names.containers), container => { principal: principal, container: container.value })
))
var operatorQueueRoles = flatten(map(
  operatorPrincipalIds,
  principal =>
    flatten(map(
      queueNames,
      queue =>
        map([roleIds.storageQueueDataReader, roleIds.storageQueueDataMessageSender], role => {
          principal: principal
          queue: queue
          role: role
        })
    ))
))

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }

  resource queueService 'queueServices' existing = {
    name: 'default'
  }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: account::blobs
  name: names.deadLetters
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for assignment in operatorContainerRoles: {
    parent: account::blobs
    name: assignment.container
  }
]

resource planQueue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = {
  parent: account::queueService
  name: names.queues.plan
}

resource appQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = [
  for assignment in appQueueRoles: {
    parent: account::queueService
    name: assignment.queue
  }
]

resource operatorQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = [
  for assignment in operatorQueueRoles: {
    parent: account::queueService
    name: assignment.queue
  }
]

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

// The Functions host asks for this role on the account of AzureWebJobsStorage: it keeps leases, keys and schedules in containers of its own.
// It has no role on tables: without one it does not record its diagnostic events there, which nothing here reads.
resource appBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roleIds.storageBlobDataOwner)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataOwner)
  }
}

resource appMessages 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (assignment, i) in appQueueRoles: {
    name: guid(account.id, assignment.queue, appPrincipalId, assignment.role)
    scope: appQueues[i]
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', assignment.role)
    }
  }
]

resource appImages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, appPrincipalId, roleIds.acrPull)
  scope: registry
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.acrPull)
  }
}

resource appTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(applicationInsights.id, appPrincipalId, roleIds.monitoringMetricsPublisher)
  scope: applicationInsights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.monitoringMetricsPublisher
    )
  }
}

resource eventMessages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, names.queues.plan, eventsPrincipalId, roleIds.storageQueueDataMessageSender)
  scope: planQueue
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.storageQueueDataMessageSender
    )
  }
}

resource eventDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, names.deadLetters, eventsPrincipalId, roleIds.storageBlobDataContributor)
  scope: deadLetters
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.storageBlobDataContributor
    )
  }
}

resource operatorBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (assignment, i) in operatorContainerRoles: {
    name: guid(account.id, assignment.container, assignment.principal, roleIds.storageBlobDataContributor)
    scope: containers[i]
    properties: {
      principalId: assignment.principal
      principalType: operatorPrincipalType
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleIds.storageBlobDataContributor
      )
    }
  }
]

resource operatorMessages 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (assignment, i) in operatorQueueRoles: {
    name: guid(account.id, assignment.queue, assignment.principal, assignment.role)
    scope: operatorQueues[i]
    properties: {
      principalId: assignment.principal
      principalType: operatorPrincipalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', assignment.role)
    }
  }
]
