metadata description = 'The storage account: containers, queues with their poison queues, retention. Reached by identity only.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the account, unique in Azure.')
@minLength(3)
@maxLength(24)
param name string

@description('Replication of the account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS'])
param sku string

@description('Whether only private endpoints, trusted Azure services and allowedIpAddresses reach the account.')
param privateNetworking bool

@description('IPv4 addresses or CIDR ranges that reach the account from outside when privateNetworking is set.')
param allowedIpAddresses string[]

@description('Days until what is known of a job is deleted. A source that is still there is then planned again, which finds its parts and encodes nothing.')
@minValue(30)
param jobRetentionDays int

@description('Days until the notes on submissions and poisoned messages are deleted.')
@minValue(1)
param noteRetentionDays int

@description('Days for which deleted blobs and containers can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int

var names = loadJsonContent('../names.json')
var queueNames = map(items(names.queues), queue => queue.value)
var poisonQueueNames = map(queueNames, queue => '${queue}${names.poisonSuffix}')
var containerNames = concat(map(items(names.containers), container => container.value), [
  names.deadLetters
  names.packages
])

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    // With 'Disabled' Event Grid, a trusted service, would depend on an exception that is easily lost; 'Deny' names it.
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
      ipRules: [for address in allowedIpAddresses: { action: 'Allow', value: address }]
    }
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in containerNames: {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

// The poison queues too: the host would create them, but then its identity had to be allowed to create queues.
resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for queue in concat(queueNames, poisonQueueNames): {
    parent: queueService
    name: queue
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'forget-notes'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob', 'appendBlob']
              prefixMatch: [
                '${names.containers.jobs}/submissions/'
                '${names.containers.jobs}/poison/'
                '${names.deadLetters}/'
              ]
            }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: noteRetentionDays } } }
          }
        }
        {
          name: 'forget-jobs'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob', 'appendBlob']
              prefixMatch: ['${names.containers.jobs}/']
            }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: jobRetentionDays } } }
          }
        }
      ]
    }
  }
  dependsOn: [containers]
}

@description('Name of the account.')
output name string = account.name

@description('Resource id of the account.')
output id string = account.id

@description('Address of the blob service, with a slash at its end.')
output blobEndpoint string = account.properties.primaryEndpoints.blob
